#include "option_table.hpp"

#include <array>
#include <limits>

namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kCount = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kYears = 100LL * 366 * 24 * 3600;

constexpr holdfast_option_info option(std::int32_t type, const char* name, const char* default_value, const char* help,
                                      std::int64_t minimum = 0, std::int64_t maximum = 0) {
  return {sizeof(holdfast_option_info), type, name, default_value, help, minimum, maximum, 0, "", "", ""};
}
/// A number of `unit`.
constexpr holdfast_option_info measured(const char* unit, const char* name, const char* default_value, const char* help,
                                        std::int64_t minimum, std::int64_t maximum) {
  return {sizeof(holdfast_option_info), HOLDFAST_TYPE_INTEGER, name, default_value, help, minimum, maximum, 0, "", "", unit};
}
constexpr holdfast_option_info choice(const char* choices, const char* name, const char* default_value, const char* help) {
  return {sizeof(holdfast_option_info), HOLDFAST_TYPE_CHOICE, name, default_value, help, 0, 0, 0, choices, "", ""};
}
constexpr holdfast_option_info secret(std::int32_t type, const char* name, const char* help) {
  return {sizeof(holdfast_option_info), type, name, "", help, 0, 0, 1, "", "", ""};
}

constexpr auto kString = HOLDFAST_TYPE_STRING, kInteger = HOLDFAST_TYPE_INTEGER, kBoolean = HOLDFAST_TYPE_BOOLEAN,
               kBytes = HOLDFAST_TYPE_BYTES, kList = HOLDFAST_TYPE_LIST, kFamily = HOLDFAST_TYPE_FAMILY;

// In the order of names.
constexpr std::array kOptions{
    option(kString, "backup.compression", "", "\"zstd:1\", \"gzip:6\", \"lz4\", \"none\"; empty: what the source prefers, else zstd"),
    option(kBoolean, "backup.decode_check", "yes", "decode each compressed block again before it is stored"),
    option(kList, "backup.exclude", "", "leave these out: \"schema.table\", wildcards * and ?"),
    option(kList, "backup.include", "", "back up only these: \"schema.table\", wildcards * and ?"),
    option(kFamily, "backup.tag.", "", "a tag: \"backup.tag.env\" = \"prod\""),
    measured("microseconds", "backup.time", "0", "of a copy: when the backup was made first, in microseconds since 1970 UTC; 0: now", 0,
             kMost),
    option(kList, "backup.transform", "",
           "a transform of the host that each entry goes through first, as \"NAME@VERSION\": one that the repository was lent"),
    option(kFamily, "channel.", "", "an option of a channel of notices"),
    option(kFamily, "driver.", "", "an option of the driver of a backup's sources, a restore's target, or what is proven or exported"),
    option(kFamily, "entry.attribute.", "", "an attribute of the entry"),
    option(kInteger, "entry.restore_order", "0", "RESTORE.txt runs lower numbers first", -1000000, 1000000),
    option(kString, "entry.restore_with", "", "shell command for RESTORE.txt that takes the entry on its standard input"),
    option(kInteger, "expire.keep_daily", "0", "keep the newest of each of the last n days that have one", 0, kCount),
    option(kInteger, "expire.keep_hourly", "0", "the same for hours", 0, kCount),
    option(kInteger, "expire.keep_last", "0", "keep the newest n", 0, kCount),
    option(kInteger, "expire.keep_monthly", "0", "the same for months", 0, kCount),
    option(kList, "expire.keep_tag", "", "keep all with this tag: \"key\" or \"key=value\""),
    option(kInteger, "expire.keep_weekly", "0", "the same for ISO weeks", 0, kCount),
    measured("seconds", "expire.keep_within", "0", "keep all younger than so many seconds", 0, kYears),
    option(kInteger, "expire.keep_yearly", "0", "the same for years", 0, kCount),
    option(kInteger, "expire.minimum", "1", "never leave fewer than so many of a series", 0, kCount),
    choice("stored|checksummed|restored|content-equal", "expire.minimum_level", "stored", "and those must have this proof at least"),
    option(kBoolean, "expire.per_series", "yes", "judge the backups of each series on their own"),
    measured("minutes", "expire.utc_offset", "0", "minutes that the calendar is ahead of UTC", -14 * 60, 14 * 60),
    option(kList, "export.exclude", "", "leave these out: \"schema.table\", wildcards * and ?"),
    option(kString, "export.format", "", "one of the driver's formats, such as \"sql\"; empty = its first"),
    option(kList, "export.include", "", "export only these: \"schema.table\", wildcards * and ?"),
    option(kString, "export.mask", "", "text of rules that replace values on their way (docs/masking.md)"),
    secret(kBytes, "export.mask_key", "key of those rules, at least 16 bytes"),
    option(kBoolean, "gc.dry_run", "no", "only count"),
    measured("seconds", "gc.grace", "86400", "seconds for which removed backups can be brought back", 0, kYears),
    secret(kBytes, "host.audit_key", "Ed25519 private key, 32 bytes or PEM, that signs audit records; else the repository's own does"),
    option(kString, "host.principal", "", "on whose behalf the host calls: the \"who\" of audit records"),
    option(kBoolean, "job.dry_run", "no", "only the preflight, and what each step would do"),
    option(kBoolean, "job.only_verification", "no", "only verifications that have a schedule of their own and are due"),
    option(kString, "job.state", "", "folder for the outbox and for what a run leaves for the next one; empty: that of the job file"),
    option(kFamily, "job.variable.", "", "the value of a variable, for secrets \"env:NAME\" of a job file"),
    measured("bytes per second", "limits.bandwidth", "0", "bytes per second put on storage; 0: no limit", 0, kMost),
    measured("seconds", "limits.connect_timeout", "30", "seconds to reach a server", 1, kYears),
    option(kInteger, "limits.jobs", "0", "parallel streams; 0: one more than the cores, at most 8", 0, 1024),
    measured("seconds", "limits.lock_timeout", "60", "longest wait for a lock in the source, in seconds", 1, kYears),
    measured("seconds", "limits.stall_timeout", "300", "longest silence of a server or program, in seconds", 1, kYears),
    secret(kBytes, "mask.key", "key of the rules to check, at least 16 bytes"),
    option(kString, "mask.rules", "", "text of rules to check (docs/masking.md)"),
    option(kString, "mask.source", "0", "name, URI or number of the backup's source, for a check or a proposal of rules"),
    option(kBoolean, "mask.strict", "no", "a column that no rule names is a fault"),
    option(kList, "process.pass_environment", "", "variables that commands of exec: inherit besides PATH, HOME, language and the like"),
    option(kList, "process.program_path", "", "folders searched for pg_dump and the like before the usual places"),
    option(kString, "process.temp_directory", "/tmp", "for scratch servers only; data never passes through it"),
    measured("bytes", "quota.limit", "0", "bytes that a storage with a quota takes", 0, kMost),
    measured("percent", "quota.warn_at", "90", "percent of the limit to warn at", 0, 100),
    option(kBoolean, "replica.every_byte", "no", "a repair reads and compares all objects, not only names and sizes"),
    option(kList, "replica.forget", "", "of a repair: id of a copy that is gone for good"),
    option(kInteger, "replica.quorum", "0", "copies that must have what was stored; 0: a majority", 0, 1024),
    choice("open|create|repair", "replica.use", "open",
           "open the set as it is, create one of empty storages if it is none yet, or repair it, with new copies"),
    measured("seconds", "replicate.every", "0", "seconds between two rounds of a replication, which a cancel ends; 0: one round", 0,
             kYears),
    choice("none|quick|full|restore", "replicate.verify", "none", "verify each copy where it is to this level"),
    choice("required|none", "repository.encryption", "required", "of a new repository"),
    secret(kBytes, "repository.key", "raw key of 32 bytes, instead of a password"),
    choice("packed|plain", "repository.layout", "packed",
           "of a new repository: packed deduplicates, plain stores one stock file per entry"),
    secret(kString, "repository.password", "opens the repository"),
    secret(kString, "repository.recovery_key", "the text of a recovery key, instead of a password"),
    option(kList, "restore.exclude", "", "leave these out: \"schema.table\", wildcards * and ?"),
    option(kList, "restore.include", "", "restore only these: \"schema.table\", wildcards * and ?"),
    option(kString, "restore.mask", "", "text of rules that replace values on their way (docs/masking.md)"),
    secret(kBytes, "restore.mask_key", "key of those rules, at least 16 bytes"),
    option(kBoolean, "restore.owner", "yes", "restore ownership and grants"),
    option(kBoolean, "restore.privileges", "yes", "restore grants; restore.owner \"no\" leaves them out as well"),
    option(kBoolean, "restore.resume", "no", "resume an interrupted restore of the same backup, which left its mark in the target"),
    option(kFamily, "restore.role.", "", "the name at the target of a role of the backup: \"restore.role.app\" = \"app_test\""),
    option(kString, "restore.source", "",
           "name, URI or number of the backup's source; left out: the only one, or the only one of the target's driver"),
    option(kBoolean, "restore.strict", "no", "fail if any object must be left out"),
    option(kBoolean, "restore.untrusted", "no", "fail where code of the backup would get more power than its owner had"),
    measured("milliseconds", "retry.deadline", "900000", "milliseconds after which no further try begins", 1, kYears),
    measured("milliseconds", "retry.first_delay", "100",
             "longest wait before the second try, in milliseconds; doubles with each further one", 1, kYears),
    measured("milliseconds", "retry.longest_delay", "10000", "longest wait before any try, in milliseconds", 1, kYears),
    measured("bytes", "retry.replay_bytes", "1048576", "a stream up to this size is held until its commit, and can be sent again", 0,
             kCount),
    option(kList, "schedule.blackout", "", "a window without runs: \"mon-fri 08:00-18:00\", \"22:00-06:00\", \"2026-12-24..2026-12-26\""),
    choice("once|none", "schedule.catch_up", "once", "once: one run makes up for those that were missed; none: they are left out"),
    measured("seconds", "schedule.jitter", "0", "seconds; a part of them, which depends on schedule.name only, delays each run", 0, kYears),
    option(kString, "schedule.name", "", "decides the delay that schedule.jitter gives"),
    choice("skip|queue|allow", "schedule.overlap", "skip", "a run that is due before the earlier one has finished"),
    measured("seconds", "schedule.start_within", "300", "seconds after which a run that is due and could not start is missed", 0, kYears),
    option(kString, "schedule.zone", "UTC", "an IANA name of the time zone that the expression means"),
    option(kFamily, "storage.", "", "an option of the storage"),
    measured("bytes per second", "throttle.down", "0", "bytes per second read; 0: no limit", 0, kMost),
    measured("bytes per second", "throttle.up", "0", "bytes per second written; 0: no limit", 0, kMost),
    measured("hours", "tier.age", "720", "hours after which an object is old", 0, kCount),
    option(kList, "tier.prefix", "", "what moves; left out: packs/"),
    choice("quick|full|restore", "verify.level", "quick", "what is checked: sizes, every byte, or a restored copy"),
    option(kString, "verify.mask", "", "level restore: compare a copy with this mask (docs/masking.md); not recorded as a proof"),
    secret(kBytes, "verify.mask_key", "key of those rules, at least 16 bytes"),
    option(kList, "verify.query", "", "level restore: SQL to run on the restored database"),
    option(kString, "verify.restored", "", "level restore: compare this database, restored earlier; it is only read"),
    option(kString, "verify.source", "",
           "level restore: name, URI or number of the only source to prove; not recorded if there are others"),
    option(kString, "verify.target", "", "level restore: a server to use instead of a throw-away one"),
    option(kBoolean, "verify.untrusted", "no", "level restore: fail where code of the backup would get more power than its owner had"),
};

}  // namespace

namespace holdfast::capi {

const holdfast_option_info* find_option(std::string_view key) noexcept {
  for (const holdfast_option_info& info : kOptions) {
    const std::string_view name = info.name;
    if (info.type == kFamily ? key.size() > name.size() && key.starts_with(name) : key == name) return &info;
  }
  return nullptr;
}

}  // namespace holdfast::capi

size_t holdfast_option_count(void) { return kOptions.size(); }
const holdfast_option_info* holdfast_option_at(size_t index) { return index < kOptions.size() ? &kOptions[index] : nullptr; }
const holdfast_option_info* holdfast_option_find(const char* key) { return key == nullptr ? nullptr : holdfast::capi::find_option(key); }
