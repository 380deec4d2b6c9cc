#include "job/job_keys.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/uri.hpp"
#include "container/exec_request.hpp"
#include "holdfast/duration.hpp"
#include "holdfast/error.hpp"
#include "holdfast/job.hpp"
#include "holdfast/transform.hpp"
#include "schedule/blackout.hpp"
#include "schedule/zone.hpp"

namespace holdfast {

namespace {

[[noreturn]] void refuse_text(const std::string& why) { throw Error(ErrorCode::invalid_argument, why); }

void check_duration(const std::string& text) { parse_duration(text); }
void check_secret(const std::string& text) { parse_secret_reference(text); }
void check_compression(const std::string& text) { parse_compression(text); }
void check_expression(const std::string& text) { Schedule schedule(text); }
void check_zone(const std::string& text) { Zone zone(text); }
void check_blackout(const std::string& text) { parse_blackout(text); }
void check_container(const std::string& text) { container::parse_exec_place(text, ""); }

void check_name(const std::string& text) {
  const auto plain = [](char c) { return is_ascii_alnum(c) || c == '_' || c == '-' || c == '.'; };
  if (text.empty() || text.size() > 64 || !is_ascii_alnum(text.front()) || !std::ranges::all_of(text, plain))
    refuse_text("a name has 1 to 64 letters, digits, '_', '-' and '.', and begins with a letter or digit");
}

void check_uri(const std::string& text) {
  if (redact_uri(text) != text) refuse_text("a URI here has no password; give it as `password: env:NAME`, file:PATH or command:WORDS");
}

constexpr TextForm kName{check_name, "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"};
constexpr TextForm kDuration{check_duration, "^([0-9]+[smhdw])+$"};
constexpr TextForm kSecretForm{
    check_secret,
    "^(env:[A-Za-z_][A-Za-z0-9_]*|file:/[^\\u0000-\\u001f]+|command:[^\\u0000-\\u001f]*[^\\u0000-\\u0020][^\\u0000-\\u001f]*)$"};
constexpr TextForm kUri{check_uri}, kCompression{check_compression}, kExpression{check_expression}, kZone{check_zone},
    kBlackout{check_blackout};
constexpr TextForm kContainer{check_container, "^(docker|podman):([A-Za-z0-9_.-]+@)?[A-Za-z0-9_.-]+$"};

constexpr std::int64_t kCount = std::numeric_limits<std::uint32_t>::max();
constexpr std::array<std::string_view, 2> kCatchUps = {"none", "once"}, kFailures = {"stop", "continue"};
constexpr std::array<std::string_view, 3> kOverlaps = {"skip", "queue", "allow"}, kLevels = {"quick", "full", "restore"};
constexpr std::array<std::string_view, 4> kProofLevels = {"stored", "checksummed", "restored", "content-equal"};
constexpr std::array<std::string_view, 7> kChannels = {"webhook", "slack", "discord", "teams", "email", "ping", "command"};

constexpr KeySpec kText[] = {{"", KeyKind::text, ""}};
constexpr KeySpec kNames[] = {{.name = "", .kind = KeyKind::text, .help = "", .form = &kName}};
constexpr KeySpec kBlackouts[] = {{.name = "", .kind = KeyKind::text, .help = "", .form = &kBlackout}};
constexpr KeySpec kSecrets[] = {{.name = "", .kind = KeyKind::text, .help = "", .form = &kSecretForm}};

constexpr KeySpec texts(std::string_view name, std::string_view help, std::int64_t least = 0) {
  return {.name = name, .kind = KeyKind::list, .help = help, .required = least > 0, .minimum = least, .members = kText};
}
constexpr KeySpec formed(std::string_view name, const TextForm& form, std::string_view help, bool required = false) {
  return {.name = name, .kind = KeyKind::text, .help = help, .required = required, .form = &form};
}
constexpr KeySpec number(std::string_view name, std::string_view help, std::int64_t minimum = 0, std::int64_t maximum = kCount) {
  return {.name = name, .kind = KeyKind::integer, .help = help, .minimum = minimum, .maximum = maximum};
}
constexpr KeySpec flag(std::string_view name, std::string_view help) { return {.name = name, .kind = KeyKind::boolean, .help = help}; }
constexpr KeySpec choice(std::string_view name, std::span<const std::string_view> choices, std::string_view help, bool required = false) {
  return {.name = name, .kind = KeyKind::choice, .help = help, .required = required, .choices = choices};
}
constexpr KeySpec object(std::string_view name, std::span<const KeySpec> members, std::string_view help) {
  return {.name = name, .kind = KeyKind::object, .help = help, .members = members};
}
constexpr KeySpec list_of(std::string_view name, std::span<const KeySpec> element, std::string_view help, std::int64_t least = 0) {
  return {.name = name, .kind = KeyKind::list, .help = help, .required = least > 0, .minimum = least, .members = element};
}
constexpr KeySpec map_of(std::string_view name, std::span<const KeySpec> element, std::string_view help, std::int64_t least = 0) {
  return {.name = name, .kind = KeyKind::map, .help = help, .required = least > 0, .minimum = least, .members = element};
}

constexpr KeySpec kOptionsKey = map_of("options", kText, "options of the driver, storage or channel, by name");
constexpr KeySpec kSecretOptionsKey = map_of("secret_options", kSecrets, "options whose values are secrets, as references");

constexpr KeySpec kScheduleKeys[] = {
    formed("at", kExpression, "when it is due: \"30 2 * * *\", \"@daily\", \"every 6h\"", true),
    formed("zone", kZone, "IANA name of the time zone that `at` means; UTC"),
    formed("jitter", kDuration, "delay runs by a part of this that depends on the job's name; 0s"),
    choice("catch_up", kCatchUps, "of missed runs: make up for them `once` (usual), or `none`"),
    choice("overlap", kOverlaps, "of a run that is due before the earlier one has finished: `skip` (usual), `queue` or `allow` it"),
    formed("start_within", kDuration, "a run that can't start within this time is missed; 5m"),
    list_of("blackouts", kBlackouts, "windows without runs: \"mon-fri 08:00-18:00\"")};

constexpr KeySpec kRetentionKeys[] = {number("keep_last", "keep the newest N"),
                                      formed("keep_within", kDuration, "keep all younger than this"),
                                      number("keep_hourly", "keep the newest of each of the last N hours that have one"),
                                      number("keep_daily", "the same for days"),
                                      number("keep_weekly", "the same for ISO weeks"),
                                      number("keep_monthly", "the same for months"),
                                      number("keep_yearly", "the same for years"),
                                      texts("keep_tags", "keep all with one of these tags: \"key\" or \"key=value\""),
                                      number("minimum", "never leave fewer than N; 1"),
                                      choice("minimum_level", kProofLevels, "these N must be proven at least to this level; stored"),
                                      flag("per_series", "judge the backups of each series on their own; true")};

constexpr KeySpec kSourceKeys[] = {formed("uri", kUri, "what to back up: \"postgresql:///shop\", \"dir:///srv\"", true),
                                   formed("name", kName, "its name in the backup"),
                                   formed("password", kSecretForm, "of the server"),
                                   kOptionsKey,
                                   texts("include", "back up only these, with wildcards"),
                                   texts("exclude", "leave these out, with wildcards")};

constexpr KeySpec kVerificationKeys[] = {choice("level", kLevels, "`quick`: sizes; `full`: every byte; `restore`: a restored copy", true),
                                         object("schedule", kScheduleKeys, "when; left out: after each backup"),
                                         formed("target", kUri, "for level restore: a server to use instead of a throw-away one"),
                                         texts("queries", "for level restore: SQL to run on the restored database")};

constexpr KeySpec kHookKeys[] = {texts("run", "the program and its arguments; no shell runs them", 1),
                                 formed("timeout", kDuration, "after this time it has failed; 10m"),
                                 choice("on_failure", kFailures, "`stop` what comes after it (usual), or `continue`"),
                                 formed("container", kContainer, "run it in this container: \"docker:NAME\", \"podman:USER@NAME\""),
                                 {"engine_socket", KeyKind::text, "path of the unix socket of that container's engine"}};

constexpr KeySpec kHookElement[] = {object("", kHookKeys, "")};
constexpr KeySpec kHooksKeys[] = {list_of("before", kHookElement, "before the backup; a failure prevents it"),
                                  list_of("after", kHookElement, "after all, whatever the outcome")};

constexpr std::array<std::string_view, 15> kEventNames = {"started",         "succeeded",          "warnings",
                                                          "failed",          "cancelled",          "first_success",
                                                          "recovered",       "verification_fault", "consecutive_failures",
                                                          "overdue",         "proof_too_old",      "abnormal",
                                                          "storage_warning", "replica_behind",     "key_expiring"};
constexpr KeySpec kEvents[] = {choice("", kEventNames, "")};
constexpr KeySpec kNotificationKeys[] = {formed("channel", kName, "one of `channels`", true),
                                         list_of("events", kEvents, "which; left out: the channel's usual ones")};

constexpr KeySpec kMaskingKeys[] = {
    {.name = "rules", .kind = KeyKind::text, .help = "a file of rules for restores and exports of this job", .required = true},
    formed("key", kSecretForm, "for rules that need one"),
    flag("strict", "a column that no rule names is an error; false")};

constexpr KeySpec kTransformKeys[] = {
    formed("compression", kCompression, "\"zstd:3\", \"gzip:6\", \"lz4\", \"none\"; what the source prefers"),
    flag("decode_check", "decode each compressed block again before it is stored; true")};

constexpr KeySpec kLimitKeys[] = {number("jobs", "parallel streams", 1, 1024),
                                  number("bandwidth", "bytes per second put on storage", 1, std::numeric_limits<std::int64_t>::max())};

constexpr KeySpec kRetentionElement[] = {object("", kRetentionKeys, "")};
constexpr KeySpec kSourceElement[] = {object("", kSourceKeys, "")};
constexpr KeySpec kVerificationElement[] = {object("", kVerificationKeys, "")};
constexpr KeySpec kNotificationElement[] = {object("", kNotificationKeys, "")};

constexpr KeySpec kJobKeys[] = {
    {.name = "description", .kind = KeyKind::text, .help = "for people"},
    list_of("sources", kSourceElement, "what to back up, in one backup", 1),
    formed("repository", kName, "one of `repositories`", true),
    list_of("copies", kNames, "further `repositories`, to which each backup is copied"),
    map_of("copy_retention", kRetentionElement, "by name of a copy: which backups to keep there; left out: all"),
    map_of("tags", kText, "tags of each backup"),
    object("transforms", kTransformKeys, "what becomes of the data on its way"),
    object("limits", kLimitKeys, "bounds of a run"),
    {.name = "server", .kind = KeyKind::text, .help = "what a run loads; jobs of one server should not run at once"},
    object("schedule", kScheduleKeys, "when it runs; left out: when asked to"),
    object("retention", kRetentionKeys, "which backups to keep; left out: all"),
    list_of("verification", kVerificationElement, "which checks of the backups, and when"),
    object("hooks", kHooksKeys, "programs to run before and after"),
    list_of("notifications", kNotificationElement, "who is told"),
    object("masking", kMaskingKeys, "which values are replaced in restores and exports")};

constexpr KeySpec kRepositoryKeys[] = {
    formed("uri", kUri, "a folder, or the URI of a storage", true), formed("password", kSecretForm, "opens it"),
    formed("key", kSecretForm, "opens it instead of a password: 32 bytes or 64 hex digits"), kOptionsKey, kSecretOptionsKey};

constexpr KeySpec kChannelKeys[] = {choice("kind", kChannels, "what receives the notifications", true),
                                    formed("url", kSecretForm, "of everything over HTTP; it often contains a token"), kOptionsKey,
                                    kSecretOptionsKey};

constexpr KeySpec kRepositoryElement[] = {object("", kRepositoryKeys, "")};
constexpr KeySpec kChannelElement[] = {object("", kChannelKeys, "")};
constexpr KeySpec kJobElement[] = {object("", kJobKeys, "")};

constexpr KeySpec kFileKeys[] = {
    {.name = "version", .kind = KeyKind::integer, .help = "of this format: 1", .required = true, .minimum = 1, .maximum = 1},
    {.name = "state", .kind = KeyKind::text, .help = "folder of this machine for what a run leaves for the next one, and for the outbox"},
    map_of("repositories", kRepositoryElement, "where backups are, by name", 1),
    map_of("channels", kChannelElement, "who can be told, by name"),
    map_of("jobs", kJobElement, "what to do, by name", 1)};

constexpr KeySpec kFile = object("", kFileKeys, "A job file of Holdfast");

}  // namespace

const TextForm& name_form() { return kName; }
const KeySpec& job_file_spec() { return kFile; }

}  // namespace holdfast
