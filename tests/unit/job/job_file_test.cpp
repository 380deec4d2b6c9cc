#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "holdfast/error.hpp"
#include "holdfast/job.hpp"
#include "job/job_keys.hpp"

namespace hf = holdfast;

namespace {

/// The example has each key that a small file needs; the tests change one line of it.
std::string example() {
  std::ifstream file(HOLDFAST_SOURCE_DIR "/examples/jobs/shop.yaml");
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Returns all faults as "line:column what", one a line.
std::string faults_of(const std::string& text) {
  std::vector<hf::JobFault> faults;
  hf::parse_job_file(text, faults);
  std::string found;
  for (const hf::JobFault& fault : faults) {
    CHECK(fault.what.find('\n') == std::string::npos);
    found += std::to_string(fault.place.line) + ":" + std::to_string(fault.place.column) + " " + fault.what + "\n";
  }
  return found;
}

/// A file without anything that is optional; `job` and `repository` are more lines for these.
std::string small(const std::string& job, const std::string& repository = "", const std::string& top = "") {
  return "version: 1\nrepositories:\n  main:\n    uri: /srv/backups\n" + repository +
         "jobs:\n  shop:\n    repository: main\n    sources:\n      - uri: dir:///srv\n" + job + top;
}

std::string replaced(std::string text, const std::string& old, const std::string& with) {
  const std::size_t at = text.find(old);
  REQUIRE_MESSAGE(at != std::string::npos, old);
  return text.replace(at, old.size(), with);
}

/// Adds the paths of all keys below a spec: "jobs.*.schedule.at".
void add_paths(const hf::KeySpec& spec, const std::string& path, std::set<std::string>& paths) {
  const bool keyed = spec.kind == hf::KeyKind::object;
  for (const hf::KeySpec& member : spec.members) {
    const std::string below = (path.empty() ? "" : path + ".") + (keyed ? std::string(member.name) : "*");
    if (keyed || member.members.empty()) paths.insert(below);
    add_paths(member, below, paths);
  }
}

}  // namespace

TEST_CASE("job file: the example is read as it is written") {
  std::vector<hf::JobFault> faults;
  const hf::JobFile file = hf::parse_job_file(example(), faults);
  REQUIRE(faults_of(example()) == "");
  REQUIRE(file.jobs.size() == 1);
  const hf::JobDefinition& job = file.jobs[0];
  CHECK(job.name == "shop");
  CHECK(job.sources.at(0).password->kind == hf::SecretReference::Kind::environment);
  CHECK(job.sources.at(0).exclude == std::vector<std::string>{"public.sessions"});
  CHECK(job.copies == std::vector<std::string>{"offsite"});
  CHECK(job.copy_retention.at("offsite").keep_monthly == 24);
  CHECK(job.schedule->next(hf::parse_time("2026-11-20T00:00:00Z")) > hf::parse_time("2026-11-20T01:29:59Z"));
  CHECK(job.schedule->options().name == "shop");
  CHECK(job.retention->keep_monthly == 12);
  CHECK(job.retention->minimum_level == hf::ProofLevel::checksummed);
  CHECK(job.verifications.at(1).level == hf::VerifyLevel::restore);
  CHECK(job.verifications.at(1).schedule->expression() == "0 5 * * sun");
  CHECK(job.before.at(0).timeout == std::chrono::minutes(2));
  CHECK(job.before.at(0).stops);
  CHECK_FALSE(job.after.at(0).stops);
  CHECK(job.notifications.at(0).events.size() == 3);
  CHECK(job.masking->strict);
  CHECK(job.parallel == 2);
  CHECK(job.bandwidth == 20'000'000);
  CHECK(file.repositories.at(0).options.at("region") == "eu-central-1");
  CHECK(file.channels.at(0).url->value == "SLACK_URL");
}

TEST_CASE("job file: a small file has what is usual") {
  std::vector<hf::JobFault> faults;
  const hf::JobFile file = hf::parse_job_file(small(""), faults);
  REQUIRE(faults.empty());
  const hf::JobDefinition& job = file.jobs.at(0);
  CHECK_FALSE(job.schedule);
  CHECK_FALSE(job.retention);
  CHECK_FALSE(job.masking);
  CHECK(job.decode_check);
}

TEST_CASE("job file: a wrong value of each key is named with its line, and no key is without such a test") {
  struct Row {
    const char* path;
    std::string text;
    const char* fault;  // the beginning
  };
  const std::string schedule = "    schedule:\n      at: \"@daily\"\n", retention = "    retention:\n      keep_last: 1\n";
  const std::string verification = "    verification:\n      - level: full\n", channels = "channels:\n  a:\n    kind: ping\n";
  const auto in_schedule = [&](const std::string& line) { return small(schedule + "      " + line + "\n"); };
  const auto in_retention = [&](const std::string& line) { return small(retention + "      " + line + "\n"); };
  const auto in_job = [&](const std::string& line) { return small("    " + line + "\n"); };
  const auto in_repository = [&](const std::string& line) { return small("", "    " + line + "\n"); };
  const auto in_source = [&](const std::string& line) { return small("        " + line + "\n"); };
  const std::string base = small("");
  const std::vector<Row> rows = {
      {"version", replaced(base, "version: 1", "version: 2"), "1:10 version: 2 is not from 1 to 1"},
      {"repositories", "version: 1\nrepositories: {}\njobs:\n  a: {repository: main, sources: [{uri: \"dir:///\"}]}\n",
       "2:15 repositories: this is empty"},
      {"state", base + "state: 5\n", "10:8 state: this is a whole number, not a text; put it in quotes"},
      {"repositories.*.uri", replaced(base, "uri: /srv/backups", "uri: 5"),
       "4:10 repositories.main.uri: this is a whole number, not a text; put it in quotes"},
      {"repositories.*.password", in_repository("password: secret"),
       "5:15 repositories.main.password: a secret is never in the file itself"},
      {"repositories.*.key", in_repository("key: env:1X"), "5:10 repositories.main.key: a secret is never"},
      {"repositories.*.options", in_repository("options: [a]"), "5:14 repositories.main.options: this is a list, not a map"},
      {"repositories.*.options.*", in_repository("options: {quota: many}"), "5:22 repositories.main.options: "},
      {"repositories.*.secret_options", in_repository("secret_options: x"),
       "5:21 repositories.main.secret_options: this is a text, not a map"},
      {"repositories.*.secret_options.*", in_repository("secret_options: {quota: x}"),
       "5:29 repositories.main.secret_options.quota: a secret is never"},
      {"channels", base + "channels: []\n", "10:11 channels: this is a list, not a map"},
      {"channels.*.kind", base + "channels:\n  a:\n    kind: slak\n",
       "12:11 channels.a.kind: 'slak' is not one of webhook, slack, discord, teams, email, ping, command; did you mean slack?"},
      {"channels.*.url", base + channels + "    url: https://x\n", "13:10 channels.a.url: a secret is never"},
      {"channels.*.options", base + channels + "    options: 1\n", "13:14 channels.a.options: this is a whole number, not a map"},
      {"channels.*.options.*", base + channels + "    options: {a: 1.5}\n",
       "13:18 channels.a.options.a: this is a number with a fraction, not a text; put it in quotes"},
      {"channels.*.secret_options", base + channels + "    secret_options: true\n",
       "13:21 channels.a.secret_options: this is true or false, not a map"},
      {"channels.*.secret_options.*", base + channels + "    secret_options: {a: b}\n",
       "13:25 channels.a.secret_options.a: a secret is never"},
      {"jobs", "version: 1\nrepositories: {a: {uri: b}}\njobs: {}\n", "3:7 jobs: this is empty"},
      {"jobs.*.description", in_job("description: \"\""), "10:18 jobs.shop.description: this is empty"},
      {"jobs.*.sources", replaced(base, "    sources:\n      - uri: dir:///srv\n", "    sources: []\n"),
       "8:14 jobs.shop.sources: this is empty"},
      {"jobs.*.sources.*.uri", replaced(base, "uri: dir:///srv", "uri: postgresql://me:secret@db/shop"),
       "9:14 jobs.shop.sources[0].uri: a URI here has no password"},
      {"jobs.*.sources.*.name", in_source("name: a b"), "10:15 jobs.shop.sources[0].name: a name has 1 to 64"},
      {"jobs.*.sources.*.password", in_source("password: x"), "10:19 jobs.shop.sources[0].password: a secret is never"},
      {"jobs.*.sources.*.options", in_source("options: null"), "10:18 jobs.shop.sources[0].options: this is nothing, not a map"},
      {"jobs.*.sources.*.options.*", in_source("options: {unreadable: maybe}"), "10:31 jobs.shop.sources[0].options: "},
      {"jobs.*.sources.*.include", in_source("include: a"), "10:18 jobs.shop.sources[0].include: this is a text, not a list"},
      {"jobs.*.sources.*.include.*", in_source("include: [true]"),
       "10:19 jobs.shop.sources[0].include[0]: this is true or false, not a text"},
      {"jobs.*.sources.*.exclude", in_source("exclude: {}"), "10:18 jobs.shop.sources[0].exclude: this is a map, not a list"},
      {"jobs.*.sources.*.exclude.*", in_source("exclude: [a, []]"), "10:22 jobs.shop.sources[0].exclude[1]: this is a list, not a text"},
      {"jobs.*.repository", replaced(base, "repository: main", "repository: mian"),
       "7:17 jobs.shop.repository: there is no repository 'mian'; did you mean main?"},
      {"jobs.*.copies", in_job("copies: main"), "10:13 jobs.shop.copies: this is a text, not a list"},
      {"jobs.*.copies.*", in_job("copies: [other]"), "10:14 jobs.shop.copies[0]: there is no repository 'other'"},
      {"jobs.*.copy_retention", in_job("copy_retention: {main: {keep_last: 1}}"),
       "10:22 jobs.shop.copy_retention: there is no copy of this job 'main'"},
      {"jobs.*.copy_retention.*", small("    copies: [main]\n    copy_retention: {main: {minimum: 3}}\n"),
       "11:28 jobs.shop.copy_retention.main: retention: no rule says what to keep"},
      {"jobs.*.copy_retention.*.keep_last", small("    copies: [main]\n    copy_retention: {main: {keep_last: x}}\n"),
       "11:40 jobs.shop.copy_retention.main.keep_last: this is a text, not a whole number"},
      {"jobs.*.tags", in_job("tags: [a]"), "10:11 jobs.shop.tags: this is a list, not a map"},
      {"jobs.*.tags.*", in_job("tags: {env: 5}"), "10:17 jobs.shop.tags.env: this is a whole number, not a text"},
      {"jobs.*.transforms", in_job("transforms: zstd"), "10:17 jobs.shop.transforms: this is a text, not a map"},
      {"jobs.*.transforms.compression", in_job("transforms: {compression: zip}"), "10:31 jobs.shop.transforms.compression: "},
      {"jobs.*.transforms.decode_check", in_job("transforms: {decode_check: yes}"),
       "10:32 jobs.shop.transforms.decode_check: this is a text, not true or false"},
      {"jobs.*.limits", in_job("limits: 4"), "10:13 jobs.shop.limits: this is a whole number, not a map"},
      {"jobs.*.limits.jobs", in_job("limits: {jobs: 0}"), "10:20 jobs.shop.limits.jobs: 0 is not from 1 to 1024"},
      {"jobs.*.limits.bandwidth", in_job("limits: {bandwidth: 99999999999999999999}"),
       "10:25 jobs.shop.limits.bandwidth: 99999999999999999999 is not from 1"},
      {"jobs.*.server", in_job("server: ~"), "10:13 jobs.shop.server: this is nothing, not a text"},
      {"jobs.*.schedule", in_job("schedule: \"@daily\""), "10:15 jobs.shop.schedule: this is a text, not a map"},
      {"jobs.*.schedule.at", small("    schedule:\n      at: 61 * * * *\n"),
       "11:11 jobs.shop.schedule.at: schedule '61 * * * *': minute '61'"},
      {"jobs.*.schedule.zone", in_schedule("zone: Mars/Base"), "12:13 jobs.shop.schedule.zone: time zone 'Mars/Base' is unknown"},
      {"jobs.*.schedule.jitter", in_schedule("jitter: 10"), "12:15 jobs.shop.schedule.jitter: this is a whole number, not a text"},
      {"jobs.*.schedule.catch_up", in_schedule("catch_up: all"), "12:17 jobs.shop.schedule.catch_up: 'all' is not one of none, once"},
      {"jobs.*.schedule.overlap", in_schedule("overlap: skipp"),
       "12:16 jobs.shop.schedule.overlap: 'skipp' is not one of skip, queue, allow; did you mean skip?"},
      {"jobs.*.schedule.start_within", in_schedule("start_within: 5x"), "12:21 jobs.shop.schedule.start_within: '5x' is not a duration"},
      {"jobs.*.schedule.blackouts", in_schedule("blackouts: 22:00-06:00"),
       "12:18 jobs.shop.schedule.blackouts: this is a text, not a list"},
      {"jobs.*.schedule.blackouts.*", in_schedule("blackouts: [noon]"), "12:19 jobs.shop.schedule.blackouts[0]: blackout 'noon'"},
      {"jobs.*.retention", small("    retention:\n      minimum: 3\n"), "11:7 jobs.shop.retention: retention: no rule says what to keep"},
      {"jobs.*.retention.keep_last", in_job("retention: {keep_last: -1}"),
       "10:28 jobs.shop.retention.keep_last: -1 is not from 0 to 4294967295"},
      {"jobs.*.retention.keep_within", in_retention("keep_within: week"),
       "12:20 jobs.shop.retention.keep_within: 'week' is not a duration"},
      {"jobs.*.retention.keep_hourly", in_retention("keep_hourly: 1.5"),
       "12:20 jobs.shop.retention.keep_hourly: this is a number with a fraction, not a whole number"},
      {"jobs.*.retention.keep_daily", in_retention("keep_daily: \"7\""),
       "12:19 jobs.shop.retention.keep_daily: this is a text, not a whole number"},
      {"jobs.*.retention.keep_weekly", in_retention("keep_weekly: 0x7"),
       "12:20 jobs.shop.retention.keep_weekly: this is a number with a fraction"},
      {"jobs.*.retention.keep_monthly", in_retention("keep_monthly: [1]"), "12:21 jobs.shop.retention.keep_monthly: this is a list"},
      {"jobs.*.retention.keep_yearly", in_retention("keep_yearly: 4294967296"),
       "12:20 jobs.shop.retention.keep_yearly: 4294967296 is not from"},
      {"jobs.*.retention.keep_tags", in_retention("keep_tags: a"), "12:18 jobs.shop.retention.keep_tags: this is a text, not a list"},
      {"jobs.*.retention.keep_tags.*", in_retention("keep_tags: [\"\"]"), "12:19 jobs.shop.retention.keep_tags[0]: this is empty"},
      {"jobs.*.retention.minimum", in_retention("minimum: none"), "12:16 jobs.shop.retention.minimum: this is a text, not a whole number"},
      {"jobs.*.retention.minimum_level", in_retention("minimum_level: restore"),
       "12:22 jobs.shop.retention.minimum_level: 'restore' is not one of stored, checksummed, restored, content-equal; did you mean "
       "restored?"},
      {"jobs.*.retention.per_series", in_retention("per_series: 1"),
       "12:19 jobs.shop.retention.per_series: this is a whole number, not true or false"},
      {"jobs.*.verification", in_job("verification: full"), "10:19 jobs.shop.verification: this is a text, not a list"},
      {"jobs.*.verification.*.level", small("    verification:\n      - level: fulll\n"),
       "11:16 jobs.shop.verification[0].level: 'fulll' is not one of quick, full, restore; did you mean full?"},
      {"jobs.*.verification.*.schedule", small(verification + "        schedule: {}\n"),
       "12:19 jobs.shop.verification[0].schedule: the key 'at' is missing"},
      {"jobs.*.verification.*.target", small(verification + "        target: exec:cat\n"),
       "12:17 jobs.shop.verification[0].target: only a verification at level restore uses it"},
      {"jobs.*.verification.*.queries", small(verification + "        queries: SELECT 1\n"),
       "12:18 jobs.shop.verification[0].queries: this is a text, not a list"},
      {"jobs.*.verification.*.queries.*", small(verification + "        queries: [1]\n"),
       "12:19 jobs.shop.verification[0].queries[0]: this is a whole number"},
      {"jobs.*.hooks", in_job("hooks: []"), "10:12 jobs.shop.hooks: this is a list, not a map"},
      {"jobs.*.hooks.before", in_job("hooks: {before: {}}"), "10:21 jobs.shop.hooks.before: this is a map, not a list"},
      {"jobs.*.hooks.before.*.run", in_job("hooks: {before: [{run: []}]}"), "10:28 jobs.shop.hooks.before[0].run: this is empty"},
      {"jobs.*.hooks.before.*.run.*", in_job("hooks: {before: [{run: [sh, 1]}]}"),
       "10:33 jobs.shop.hooks.before[0].run[1]: this is a whole number"},
      {"jobs.*.hooks.before.*.timeout", in_job("hooks: {before: [{run: [sh], timeout: x}]}"),
       "10:43 jobs.shop.hooks.before[0].timeout: 'x' is not a duration"},
      {"jobs.*.hooks.before.*.on_failure", in_job("hooks: {before: [{run: [sh], on_failure: go}]}"),
       "10:46 jobs.shop.hooks.before[0].on_failure: 'go' is not one of stop, continue"},
      {"jobs.*.hooks.before.*.container", in_job("hooks: {before: [{run: [sh], container: db}]}"),
       "10:45 jobs.shop.hooks.before[0].container: can't use container=db: write docker:NAME"},
      {"jobs.*.hooks.before.*.engine_socket", in_job("hooks: {before: [{run: [sh], engine_socket: /run/a}]}"),
       "10:49 jobs.shop.hooks.before[0].engine_socket: only a hook with a container uses it"},
      {"jobs.*.hooks.after", in_job("hooks: {after: 1}"), "10:20 jobs.shop.hooks.after: this is a whole number, not a list"},
      {"jobs.*.notifications", in_job("notifications: {}"), "10:20 jobs.shop.notifications: this is a map, not a list"},
      {"jobs.*.notifications.*.channel", small("    notifications: [{channel: b}]\n", "", channels),
       "10:31 jobs.shop.notifications[0].channel: there is no channel 'b'; did you mean a?"},
      {"jobs.*.notifications.*.events", small("    notifications: [{channel: a, events: x}]\n", "", channels),
       "10:42 jobs.shop.notifications[0].events: this is a text, not a list"},
      {"jobs.*.notifications.*.events.*", small("    notifications: [{channel: a, events: [1]}]\n", "", channels),
       "10:43 jobs.shop.notifications[0].events[0]: this is a whole"},
      {"jobs.*.masking", in_job("masking: rules.yaml"), "10:14 jobs.shop.masking: this is a text, not a map"},
      {"jobs.*.masking.rules", in_job("masking: {rules: }"), "10:22 jobs.shop.masking.rules: this is nothing, not a text"},
      {"jobs.*.masking.key", in_job("masking: {rules: a, key: b}"), "10:30 jobs.shop.masking.key: a secret is never"},
      {"jobs.*.masking.strict", in_job("masking: {rules: a, strict: \"true\"}"),
       "10:33 jobs.shop.masking.strict: this is a text, not true or false"},
  };
  std::set<std::string> paths;
  add_paths(hf::job_file_spec(), "", paths);
  for (const Row& row : rows) {
    const std::string faults = faults_of(row.text);
    CHECK_MESSAGE(faults.starts_with(row.fault), std::string(row.path) << "\n" << faults);
    paths.erase(row.path);
  }
  for (const std::string& path : paths) {
    // The same keys as in the first place where they are.
    const auto below = [&](const char* owner) { return path.find(owner) != std::string::npos; };
    if (!below(".verification.*.schedule.") && !below(".hooks.after.*") && !below(".copy_retention.*.")) FAIL_CHECK(path);
  }
}

TEST_CASE("job file: unknown and missing keys are named, with the nearest known one") {
  CHECK(faults_of(small("    retension: {keep_last: 1}\n")) == "10:5 jobs.shop: there is no key 'retension'; did you mean retention?\n");
  CHECK(faults_of(small("    zzzzzzzz: 1\n")) == "10:5 jobs.shop: there is no key 'zzzzzzzz'\n");
  CHECK(faults_of("version: 1\n") == "1:1 the key 'repositories' is missing\n1:1 the key 'jobs' is missing\n");
  CHECK(faults_of(small("", "    options: {regoin: x}\n")) == "5:15 repositories.main.options: the storage has no option 'regoin'\n");
  CHECK(faults_of(replaced(small(""), "/srv/backups", "s4://bucket")) ==
        "4:10 repositories.main.uri: no storage has the scheme 's4'; did you mean s3?\n");
  CHECK(faults_of(small("", "    password: env:A\n    key: env:B\n")).starts_with("4:5 repositories.main: it has a password and a key"));
}

TEST_CASE("job file: all faults are named, in the order of their places") {
  CHECK(faults_of(small("    tags: 1\n    copies: 2\n", "    keyy: env:A\n")) ==
        "5:5 repositories.main: there is no key 'keyy'; did you mean key?\n11:11 jobs.shop.tags: this is a whole number, not a map\n"
        "12:13 jobs.shop.copies: this is a whole number, not a list\n");
}

TEST_CASE("job file: a secret in the file is refused and not repeated") {
  const std::string secret = "correct-horse";
  for (const std::string& text :
       {small("", "    password: " + secret + "\n"), small("", "    password: evn:" + secret + "\n"),
        small("", "    uri: sftp://me:" + secret + "@host/x\n"), small("        password: \"file:" + secret + "\"\n"),
        replaced(small(""), "dir:///srv", "postgresql://me:" + secret + "@db/x")}) {
    const std::string faults = faults_of(text);
    CHECK(faults != "");
    CHECK_MESSAGE(faults.find(secret) == std::string::npos, faults);
  }
}

TEST_CASE("job file: hostile YAML is refused in its place") {
  CHECK(faults_of("") == "1:1 the file is empty\n");
  CHECK(faults_of("a: b: c\n").starts_with("1:5 this is no YAML"));
  CHECK(faults_of("\tversion: 1\n").find("this is no YAML") != std::string::npos);
  CHECK(faults_of("version: \xff\n").find("this is no UTF-8 text") != std::string::npos);
  CHECK(faults_of(small("", "", "version: 1\n")) == "10:1 the key 'version' is given twice\n");
  CHECK(faults_of("a: &x 1\n").starts_with("1:4 this has an anchor"));
  CHECK(faults_of("a: *x\n").starts_with("1:4 this is an alias"));
  CHECK(faults_of("a: !!python/object 1\n").starts_with("1:4 this has a tag"));
  CHECK(faults_of("? [a]\n: 1\n").starts_with("1:3 a key must be a word"));
  CHECK(faults_of("version: 1\n---\nversion: 1\n").starts_with("2:1 a second document begins here"));
  CHECK(faults_of(std::string(100'000, '[')).starts_with("1:18 this is nested too deeply"));
  CHECK(faults_of(std::string(100'000, '-')).find("1:") == 0);
  CHECK(faults_of("a: " + std::string(2 << 20, 'x')) == "1:1 the file is larger than 1 MiB; split it\n");
  std::string many = "[";
  for (int count = 0; count < 150'000; ++count) many += "1,";
  CHECK(faults_of(many + "]").find("more than 100,000 values") != std::string::npos);
  CHECK(faults_of("- 1\n") == "1:1 this is a list, not a map\n");
  CHECK(faults_of(small("    description: \"a\\u0001b\"\n")) == "");
  CHECK(faults_of("\xEF\xBB\xBF" + small("")) == "");
}
