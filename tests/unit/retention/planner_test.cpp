#include <doctest/doctest.h>

#include <algorithm>

#include "holdfast/error.hpp"
#include "holdfast/retention.hpp"

namespace hf = holdfast;
using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

namespace {

hf::BackupInfo backup(const std::string& time, const std::string& source = "postgresql:///shop") {
  hf::BackupInfo info;
  info.id = time;
  info.time = hf::parse_time(time);
  info.sources = {{.uri = source}};
  info.stored_bytes = 10;
  return info;
}

hf::BackupInfo proven(const std::string& time, hf::ProofLevel level) {
  hf::BackupInfo info = backup(time);
  info.level = level;
  return info;
}

std::vector<hf::BackupInfo> backups(const Strings& times) {
  std::vector<hf::BackupInfo> all;
  for (const std::string& time : times) all.push_back(backup(time));
  return all;
}

const char* const kNow = "2026-11-20T12:00:00Z";

hf::RetentionPlan plan(const std::vector<hf::BackupInfo>& all, const hf::RetentionPolicy& policy, const char* now = kNow) {
  return hf::plan_retention(all, policy, hf::parse_time(now));
}

Strings ids(const hf::RetentionPlan& plan, hf::RetentionAction action) {
  Strings found;
  for (const auto& decision : plan.decisions)
    if (decision.action == action) found.push_back(decision.backup.id);
  return found;
}

Strings kept(const std::vector<hf::BackupInfo>& all, const hf::RetentionPolicy& policy) {
  return ids(plan(all, policy), hf::RetentionAction::keep);
}

Strings reasons(const hf::RetentionPlan& plan, const std::string& id) {
  for (const auto& decision : plan.decisions)
    if (decision.backup.id == id) return decision.reasons;
  return {"no such decision"};
}

/// One line for each decision.
std::string golden(const hf::RetentionPlan& plan) {
  std::string text;
  for (const auto& decision : plan.decisions) {
    text += (decision.action == hf::RetentionAction::keep ? "keep   " : "remove ") + decision.backup.id + " ";
    for (const std::string& reason : decision.reasons) text += (text.ends_with(" ") ? " " : ", ") + reason;
    text += '\n';
  }
  return text;
}

}  // namespace

TEST_CASE("no plan is made from a policy without rules, whatever its minimum: it is a mistake") {
  const auto all = backups({"2001-01-01T00:00:00Z", "2026-11-20T11:00:00Z"});
  for (const std::uint32_t minimum : {0U, 1U, 5U}) {
    const hf::RetentionPolicy policy{.minimum = minimum};
    CHECK(policy.empty());
    CHECK_THROWS_WITH_AS(plan(all, policy), doctest::Contains("no rule says what to keep"), hf::Error);
    CHECK_THROWS_WITH_AS(plan({}, policy), doctest::Contains("no rule says what to keep"), hf::Error);
  }
  CHECK_FALSE(hf::RetentionPolicy{.keep_within = 1s}.empty());
  CHECK_FALSE(hf::RetentionPolicy{.keep_yearly = 1}.empty());
  CHECK_FALSE(hf::RetentionPolicy{.keep_tags = {"a"}}.empty());
}

TEST_CASE("a plan for people: every decision newest first with its reasons") {
  auto all =
      backups({"2026-11-20T11:00:00Z", "2026-11-20T09:00:00Z", "2026-11-19T23:00:00Z", "2026-11-19T01:00:00Z", "2026-11-16T00:00:00Z",
               "2026-11-15T23:59:59Z", "2026-10-31T12:00:00Z", "2026-10-01T12:00:00Z", "2025-12-31T12:00:00Z", "2026-11-20T12:00:01Z"});
  all[7].tags = {{"env", "prod"}};
  all.push_back({.id = "broken", .damage = "its manifest ends early"});
  const auto result = plan(all, {.keep_last = 1,
                                 .keep_within = 4h,
                                 .keep_daily = 2,
                                 .keep_weekly = 2,
                                 .keep_monthly = 2,
                                 .keep_yearly = 2,
                                 .keep_tags = {"env=prod"}});
  CHECK(golden(result) ==
        "keep   2026-11-20T12:00:01Z  in the future\n"
        "keep   2026-11-20T11:00:00Z  last 1, within 4h, daily 2026-11-20, weekly 2026-W47, monthly 2026-11, yearly 2026\n"
        "keep   2026-11-20T09:00:00Z  within 4h\n"
        "keep   2026-11-19T23:00:00Z  daily 2026-11-19\n"
        "remove 2026-11-19T01:00:00Z  no rule keeps it\n"
        "remove 2026-11-16T00:00:00Z  no rule keeps it\n"
        "keep   2026-11-15T23:59:59Z  weekly 2026-W46\n"
        "keep   2026-10-31T12:00:00Z  monthly 2026-10\n"
        "keep   2026-10-01T12:00:00Z  tag env=prod\n"
        "keep   2025-12-31T12:00:00Z  yearly 2025\n"
        "keep   broken  damaged\n");
  CHECK(result.removed() == 2);
  CHECK(result.freed_bytes() == 20);
}

TEST_CASE("periods without a backup do not use up a rule") {
  const auto all = backups({"2026-11-20T10:00:00Z", "2026-11-01T10:00:00Z", "2024-02-29T10:00:00Z", "2020-02-29T10:00:00Z"});
  CHECK(kept(all, {.keep_daily = 3}) == Strings{all[0].id, all[1].id, all[2].id});
  CHECK(kept(all, {.keep_hourly = 4}).size() == 4);
  CHECK(kept(all, {.keep_monthly = 2}) == Strings{all[0].id, all[2].id});
  CHECK(kept(all, {.keep_yearly = 9}) == Strings{all[0].id, all[2].id, all[3].id});
}

TEST_CASE("the offset decides to which day a backup belongs") {
  const auto all = backups({"2026-11-19T23:30:00Z", "2026-11-19T22:30:00Z"});
  CHECK(kept(all, {.keep_daily = 2}).size() == 1);
  CHECK(kept(all, {.keep_daily = 2, .utc_offset = 60min}).size() == 2);
  CHECK(kept(all, {.keep_daily = 2, .utc_offset = 90min}).size() == 1);
}

TEST_CASE("keep_within ends exactly at its span") {
  const auto all = backups({"2026-11-13T12:00:00.000001Z", "2026-11-13T12:00:00Z"});
  CHECK(kept(all, {.keep_within = 168h, .minimum = 0}) == Strings{all[0].id});
  CHECK(kept(all, {.keep_within = std::chrono::seconds::max()}).size() == 2);
  CHECK(kept(backups({kNow}), {.keep_within = 1s, .minimum = 0}).size() == 1);
}

TEST_CASE("each set of sources is a series of its own, whatever their order") {
  std::vector<hf::BackupInfo> all = {backup("2026-11-20T01:00:00Z"), backup("2026-11-20T02:00:00Z", "dir:///srv")};
  for (const bool swapped : {false, true}) {
    hf::BackupInfo both = backup(swapped ? "2026-11-20T04:00:00Z" : "2026-11-20T03:00:00Z");
    both.sources.push_back({.uri = "dir:///srv"});
    if (swapped) std::swap(both.sources[0], both.sources[1]);
    all.push_back(both);
  }
  CHECK(ids(plan(all, {.keep_last = 1}), hf::RetentionAction::remove) == Strings{"2026-11-20T03:00:00Z"});
}

TEST_CASE("host and place make a series, a name makes another, and a policy may judge all together") {
  hf::BackupInfo here = backup("2026-11-20T01:00:00Z"), there = backup("2026-11-20T02:00:00Z");
  hf::BackupInfo server = backup("2026-11-20T03:00:00Z"), spelt_otherwise = backup("2026-11-20T04:00:00Z", "postgresql://127.0.0.1/shop");
  here.sources.front().notes["host"] = "here";
  there.sources.front().notes["host"] = "there";
  server.sources.front().notes["identity"] = spelt_otherwise.sources.front().notes["identity"] = "db1:5432/shop";
  CHECK(hf::series_of(here) == "here " + here.sources.front().uri);
  CHECK(hf::series_of(server) == "db1:5432/shop");
  const std::vector<hf::BackupInfo> all = {here, there, server, spelt_otherwise};
  CHECK(ids(plan(all, {.keep_last = 1}), hf::RetentionAction::remove) == Strings{server.id});
  CHECK(ids(plan(all, {.keep_last = 1, .per_series = false}), hf::RetentionAction::remove).size() == 3);
  here.tags["series"] = there.tags["series"] = "both";
  CHECK(hf::series_of(here) == "both");
  CHECK(ids(plan(std::vector{here, there}, {.keep_last = 1}), hf::RetentionAction::remove) == Strings{here.id});
}

TEST_CASE("a tag rule matches the key, or key and value") {
  auto all = backups({"2026-11-20T03:00:00Z", "2026-11-20T02:00:00Z", "2026-11-20T01:00:00Z"});
  all[0].tags = {{"env", "prod"}};
  all[1].tags = {{"env", "a=b"}};
  const auto with = [&](const char* rule) { return kept(all, {.keep_tags = {rule}, .minimum = 0}); };
  CHECK(with("env") == Strings{all[0].id, all[1].id});
  CHECK(with("env=prod") == Strings{all[0].id});
  CHECK(with("env=a=b") == Strings{all[1].id});
  CHECK(with("env=").empty());
  CHECK(with("en").empty());
}

TEST_CASE("the minimum is filled with the newest") {
  const auto all = backups({"2020-01-03T00:00:00Z", "2020-01-02T00:00:00Z", "2020-01-01T00:00:00Z"});
  const auto result = plan(all, {.keep_within = 1h, .minimum = 2});
  CHECK(ids(result, hf::RetentionAction::keep) == Strings{all[0].id, all[1].id});
  CHECK(reasons(result, all[0].id) == Strings{"minimum 2"});
  CHECK(kept(all, {.keep_within = 1h, .minimum = 0}).empty());
  CHECK(kept(all, {.keep_within = 1h, .minimum = 9}).size() == 3);
}

TEST_CASE("only backups proven to the level count for the minimum, and the newest of those stays") {
  const std::vector<hf::BackupInfo> all = {
      proven("2020-01-05T00:00:00Z", hf::ProofLevel::stored), proven("2020-01-04T00:00:00Z", hf::ProofLevel::checksummed),
      proven("2020-01-03T00:00:00Z", hf::ProofLevel::content_equal), proven("2020-01-02T00:00:00Z", hf::ProofLevel::restored)};
  const auto result = plan(all, {.keep_last = 1, .minimum_level = hf::ProofLevel::restored});
  CHECK(ids(result, hf::RetentionAction::keep) == Strings{all[0].id, all[2].id});
  CHECK(reasons(result, all[2].id) == Strings{"minimum 1"});
}

TEST_CASE("a backup whose last verification found faults does not count for the minimum") {
  auto all = backups({"2020-01-03T00:00:00Z", "2020-01-02T00:00:00Z", "2020-01-01T00:00:00Z"});
  all[0].failed = hf::FailedProof{};
  const auto result = plan(all, {.keep_last = 1, .minimum = 1});
  CHECK(ids(result, hf::RetentionAction::keep) == Strings{all[0].id, all[1].id});
  all[1].failed = all[2].failed = hf::FailedProof{};
  CHECK(kept(all, {.keep_within = 1h, .minimum = 1}).size() == 1);  // better than none
}

TEST_CASE("if none is proven to the level, the newest unproven ones stay, and the reason tells it") {
  const auto all = backups({"2020-01-02T00:00:00Z", "2020-01-01T00:00:00Z"});
  const auto result = plan(all, {.keep_within = 1h, .minimum_level = hf::ProofLevel::restored});
  CHECK(ids(result, hf::RetentionAction::keep) == Strings{all[0].id});
  CHECK(reasons(result, all[0].id) == Strings{"minimum 1 (not proven so far)"});
}

TEST_CASE("future-dated and damaged backups are kept and evict nothing") {
  auto all = backups({"2099-01-01T00:00:00Z", "2026-11-20T12:00:00.000001Z", "2026-11-19T00:00:00Z", "2026-11-18T00:00:00Z"});
  all.push_back({.id = "broken", .damage = "why"});
  const auto result = plan(all, {.keep_last = 1, .keep_yearly = 1});
  CHECK(ids(result, hf::RetentionAction::remove) == Strings{"2026-11-18T00:00:00Z"});
  CHECK(reasons(result, "2099-01-01T00:00:00Z") == Strings{"in the future"});
}

TEST_CASE("backups of the same time are ordered by id") {
  std::vector<hf::BackupInfo> all = {backup(kNow), backup(kNow)};
  all[0].id = "b";
  all[1].id = "a";
  CHECK(kept(all, {.keep_last = 1}) == Strings{"b"});
  std::swap(all[0], all[1]);
  CHECK(kept(all, {.keep_last = 1}) == Strings{"b"});
}

TEST_CASE("an invalid policy is refused before anything is planned") {
  const auto refused = [](const hf::RetentionPolicy& policy) {
    try {
      plan({}, policy);
    } catch (const hf::Error& error) {
      return error.code() == hf::ErrorCode::invalid_argument;
    }
    return false;
  };
  CHECK(refused({.keep_within = -1s}));
  CHECK(refused({.keep_tags = {""}}));
  CHECK(refused({.keep_tags = {"=x"}}));
  CHECK(refused({.keep_last = 1, .utc_offset = 18h + 1min}));
  CHECK(refused({.keep_last = 1, .utc_offset = -18h - 1min}));
  CHECK_FALSE(refused({.keep_last = 1, .utc_offset = -18h}));
}
