#include <cstring>

#include "holdfast/recovery_key.hpp"
#include "options.hpp"

namespace holdfast::capi {

namespace {

constexpr std::size_t kLongestKey = 4096;

// Bytes that hold a secret briefly; wiped afterwards.
struct Wiped {
  unsigned char bytes[kLongestKey]{};
  Wiped() = default;
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { ::explicit_bzero(bytes, sizeof bytes); }
};

Key ask(const Owned<holdfast_key_driver>& provider, const std::string& uri) {
  Wiped buffer;
  std::size_t length = 0;
  std::int32_t kind = HOLDFAST_KEY_PASSWORD;
  call_host("key provider", uri, [&](holdfast_error** err) {
    return provider->get(provider.data(), uri.c_str(), buffer.bytes, kLongestKey, &length, &kind, err);
  });
  if (length > kLongestKey) refuse("the key provider says " + std::to_string(length) + " bytes, more than fit");
  return key_of(kind, std::as_bytes(std::span(buffer.bytes, length)));
}

std::optional<Key> key(const OptionSet& options, const std::string& uri) {
  const Secret* password = options.secret("repository.password");
  const Secret* raw = options.secret("repository.key");
  const Secret* recovery = options.secret("repository.recovery_key");
  if ((password != nullptr) + (raw != nullptr) + (recovery != nullptr) + (options.key_provider != nullptr) > 1) {
    refuse("give one of repository.password, repository.key, repository.recovery_key and a key provider");
  }
  if (options.key_provider) return ask(*options.key_provider, uri);
  if (password != nullptr) return key_of(HOLDFAST_KEY_PASSWORD, password->bytes());
  if (raw != nullptr) return key_of(HOLDFAST_KEY_RAW, raw->bytes());
  if (recovery != nullptr) return key_of(HOLDFAST_KEY_RECOVERY, recovery->bytes());
  return std::nullopt;
}

template <class Value>
Value one_of(const OptionSet& options, const std::string& key, std::initializer_list<std::pair<const char*, Value>> known) {
  const std::string text = options.text(key);
  std::string names;
  for (const auto& [name, value] : known) {
    if (text == name) return value;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  refuse("option " + key + " is one of " + names + ", not " + text);
}

std::uint32_t count(const OptionSet& options, const std::string& key) { return static_cast<std::uint32_t>(options.integer(key)); }

}  // namespace

Key key_of(std::int32_t kind, ByteView bytes) {
  if (kind == HOLDFAST_KEY_RAW) return raw_key(Secret(bytes));
  if (kind == HOLDFAST_KEY_RECOVERY) return read_recovery_key(as_text(bytes));
  if (kind != HOLDFAST_KEY_PASSWORD) refuse("a key is of one of the kinds HOLDFAST_KEY_…, not " + std::to_string(kind));
  if (bytes.empty()) refuse("the password is empty");
  return passphrase(Secret(bytes));
}

CreateOptions create_options(const OptionSet& options, const std::string& uri) {
  CreateOptions create;
  const bool encrypted = one_of<bool>(options, "repository.encryption", {{"required", true}, {"none", false}});
  create.layout = one_of<LayoutKind>(options, "repository.layout", {{"packed", LayoutKind::packed}, {"plain", LayoutKind::plain}});
  create.key = key(options, uri);
  create.storage = options.family("storage.");
  if (encrypted && !create.key) {
    refuse("a new repository needs repository.password, repository.key or a key provider, or option repository.encryption = none");
  }
  if (!encrypted && create.key) refuse("repository.encryption is none, and a key is given");
  create.encryption = encrypted ? Encryption::required : Encryption::none;
  create.transforms = options.transforms;
  return create;
}

OpenOptions open_options(const OptionSet& options, const std::string& uri) {
  return {
      .key = key(options, uri), .storage = options.family("storage."), .drivers = drivers_of(options), .transforms = options.transforms};
}

Selection selection(const OptionSet& options, const std::string& operation) {
  return {options.list(operation + ".include"), options.list(operation + ".exclude")};
}

BackupOptions backup_options(const OptionSet& options) {
  BackupOptions backup = session_options(options);
  backup.driver = options.family("driver.");
  return backup;
}

BackupOptions session_options(const OptionSet& options) {
  BackupOptions backup;
  backup.tags = options.family("backup.tag.");
  backup.compression = options.text("backup.compression");
  backup.decode_check = options.flag("backup.decode_check");
  backup.selection = selection(options, "backup");
  backup.transforms = options.list("backup.transform");
  if (const std::int64_t time = options.integer("backup.time"); time != 0) backup.started = TimePoint(std::chrono::microseconds(time));
  return backup;
}

std::optional<MaskOptions> mask_options(const OptionSet& options, const std::string& rules_option, const std::string& key_option) {
  const std::string rules = options.text(rules_option.c_str());
  const Secret* key = options.secret(key_option.c_str());
  if (rules.empty() && key == nullptr) return std::nullopt;
  if (rules.empty()) refuse(key_option + " is the key of rules: set " + rules_option + ", too");
  MaskOptions mask{.rules = rules, .name = rules_option};
  if (key != nullptr) mask.key = *key;
  return mask;
}

std::optional<MaskOptions> mask(const OptionSet& options, const std::string& operation) {
  return mask_options(options, operation + ".mask", operation + ".mask_key");
}

MaskOptions checked_mask(const OptionSet& options) {
  std::optional<MaskOptions> mask = mask_options(options, "mask.rules", "mask.key");
  if (!mask) refuse("there are no rules to check: set mask.rules");
  mask->strict = options.flag("mask.strict");
  return *std::move(mask);
}

RestoreOptions restore_options(const OptionSet& options) {
  return {.source = options.text("restore.source"),
          .selection = selection(options, "restore"),
          .owner = options.flag("restore.owner"),
          .privileges = options.flag("restore.privileges"),
          .role_map = options.family("restore.role."),
          .untrusted = options.flag("restore.untrusted"),
          .strict = options.flag("restore.strict"),
          .resume = options.flag("restore.resume"),
          .mask = mask(options, "restore"),
          .driver = options.family("driver.")};
}

VerifyOptions verify_options(const OptionSet& options) {
  VerifyOptions verify{
      .level = one_of<VerifyLevel>(options, "verify.level",
                                   {{"quick", VerifyLevel::quick}, {"full", VerifyLevel::full}, {"restore", VerifyLevel::restore}}),
      .source = options.text("verify.source"),
      .target = options.text("verify.target"),
      .restored = options.text("verify.restored"),
      .queries = options.list("verify.query"),
      .untrusted = options.flag("verify.untrusted"),
      .mask = mask(options, "verify"),
      .driver = {}};
  // Other levels open no driver, and the options object may serve calls that do.
  if (verify.level == VerifyLevel::restore) verify.driver = options.family("driver.");
  return verify;
}

RetentionPolicy retention_policy(const OptionSet& options) {
  RetentionPolicy policy;
  policy.keep_last = count(options, "expire.keep_last");
  policy.keep_within = std::chrono::seconds(options.integer("expire.keep_within"));
  policy.keep_hourly = count(options, "expire.keep_hourly");
  policy.keep_daily = count(options, "expire.keep_daily");
  policy.keep_weekly = count(options, "expire.keep_weekly");
  policy.keep_monthly = count(options, "expire.keep_monthly");
  policy.keep_yearly = count(options, "expire.keep_yearly");
  policy.keep_tags = options.list("expire.keep_tag");
  policy.minimum = count(options, "expire.minimum");
  policy.minimum_level = parse_proof_level(options.text("expire.minimum_level"));
  policy.utc_offset = std::chrono::minutes(options.integer("expire.utc_offset"));
  policy.per_series = options.flag("expire.per_series");
  check_policy(policy);
  return policy;
}

GarbageOptions garbage_options(const OptionSet& options) {
  return {.grace = std::chrono::seconds(options.integer("gc.grace")), .dry_run = options.flag("gc.dry_run")};
}

ReplicaUse replica_use(const OptionSet& options) {
  return one_of<ReplicaUse>(options, "replica.use",
                            {{"open", ReplicaUse::open}, {"create", ReplicaUse::create}, {"repair", ReplicaUse::repair}});
}

ReplicaRepairOptions replica_repair_options(const OptionSet& options) {
  return {.every_byte = options.flag("replica.every_byte"), .forget = options.list("replica.forget"), .report = {}};
}

ReplicationOptions replication_options(const OptionSet& options) {
  return {.every = std::chrono::seconds(options.integer("replicate.every")),
          .verify = one_of<std::optional<VerifyLevel>>(
              options, "replicate.verify",
              {{"none", std::nullopt}, {"quick", VerifyLevel::quick}, {"full", VerifyLevel::full}, {"restore", VerifyLevel::restore}}),
          .on_begin = {},
          .on_end = {}};
}

ScheduleOptions schedule_options(const OptionSet& options) {
  return {.zone = options.text("schedule.zone"),
          .name = options.text("schedule.name"),
          .jitter = std::chrono::seconds(options.integer("schedule.jitter")),
          .blackouts = options.list("schedule.blackout"),
          .catch_up = parse_catch_up(options.text("schedule.catch_up")),
          .overlap = parse_overlap(options.text("schedule.overlap")),
          .start_within = std::chrono::seconds(options.integer("schedule.start_within"))};
}

TierPolicy tier_policy(const OptionSet& options) {
  TierPolicy policy{.age = std::chrono::hours(options.integer("tier.age"))};
  if (auto prefixes = options.list("tier.prefix"); !prefixes.empty()) policy.prefixes = std::move(prefixes);
  return policy;
}

DriverRegistry drivers_of(const OptionSet& options) {
  DriverRegistry registry = builtin_drivers();
  for (const auto& driver : options.drivers) registry.add(driver);
  return registry;
}

ExportOptions export_options(const OptionSet& options) {
  return {.format = options.text("export.format"),
          .selection = selection(options, "export"),
          .mask = mask(options, "export"),
          .driver = options.family("driver.")};
}

}  // namespace holdfast::capi
