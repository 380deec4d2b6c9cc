// Alerts: each kind is raised when it should be, and stays silent just before.

#include <doctest/doctest.h>

#include "unit/observe/facts.hpp"

using namespace holdfast;
using namespace holdfast::test;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

TEST_CASE("a healthy series raises no alert, and neither do no facts at all") {
  CHECK(kinds_of(find_alerts(daily(20))) == "");
  CHECK(kinds_of(find_alerts({})) == "");
}

TEST_CASE("failures in a row since the newest backup are counted; cancelled attempts are not") {
  Facts facts = daily(20);
  facts.history = {operation_of("shop", hours(30), Outcome::failed), operation_of("shop", hours(5), Outcome::failed),
                   operation_of("shop", hours(4), Outcome::cancelled), operation_of("shop", hours(3), Outcome::failed)};
  const std::vector<Alert> alerts = find_alerts(facts);
  REQUIRE(kinds_of(alerts) == "backups_failing warning shop");
  CHECK(alerts[0].text == "2 attempts in a row failed, the last with network: no route to the server");
  CHECK(alerts[0].since == kNow - hours(5));
  CHECK(alerts[0].facts.at("failures") == "2");
  facts.history.push_back(operation_of("shop", hours(2), Outcome::failed));
  CHECK(kinds_of(find_alerts(facts)) == "backups_failing critical shop");
  facts.history.push_back(operation_of("shop", hours(1), Outcome::succeeded));
  CHECK(kinds_of(find_alerts(facts)) == "");
}

TEST_CASE("a series that never had a backup is shown when it fails, and a failure of an unknown source for a day") {
  Facts facts;
  facts.now = kNow;
  facts.history = {operation_of("new", hours(2), Outcome::failed), operation_of("", hours(30), Outcome::failed)};
  CHECK(kinds_of(find_alerts(facts)) == "backups_failing warning new");
  facts.history.push_back(operation_of("", hours(1), Outcome::failed));
  CHECK(kinds_of(find_alerts(facts)) == "backups_failing warning new\nbackups_failing warning");
}

TEST_CASE("without a schedule, a backup is overdue after twice the usual time") {
  Facts facts = daily(20);
  facts.now = kNow - hours(6) + hours(48);
  CHECK(kinds_of(find_alerts(facts)) == "");
  facts.now += hours(2);
  CHECK(kinds_of(find_alerts(facts)) == "backup_overdue critical shop");
  facts.backups.resize(7);  // too few to know what is usual
  CHECK(kinds_of(find_alerts(facts)) == "");
}

TEST_CASE("with a schedule, a backup is overdue an hour after it was due; a series that never ran, too") {
  Facts facts = daily(20);
  facts.schedules["shop"] = {.due = kNow - minutes(59), .next_run = kNow + hours(1)};
  CHECK(kinds_of(find_alerts(facts)) == "");
  facts.schedules["shop"].due = kNow - minutes(61);
  facts.schedules["never"].due = kNow - minutes(61);
  CHECK(kinds_of(find_alerts(facts)) == "backup_overdue critical never\nbackup_overdue critical shop");
  facts.schedules = {{"shop", {.due = kNow - hours(6), .next_run = {}}}};  // the newest backup is of that run
  CHECK(kinds_of(find_alerts(facts)) == "");
}

TEST_CASE("a proof is too old after 30 days, and its lack is told at once") {
  Facts facts = daily(1);
  facts.backups[0].level = ProofLevel::checksummed;
  CHECK(kinds_of(find_alerts(facts)) == "proof_too_old info shop");
  facts.backups.push_back(backup_of("shop", days(29)));
  CHECK(kinds_of(find_alerts(facts)) == "");
  facts.backups.back() = backup_of("shop", days(31));
  CHECK(kinds_of(find_alerts(facts)) == "proof_too_old warning shop");
}

TEST_CASE("sizes and durations are judged by the median and its deviation, with a minimum of history") {
  Facts facts = daily(20);
  facts.backups[3].plain_bytes = 90'000'000'000;  // one outlier changes nothing
  CHECK(kinds_of(find_alerts(facts)) == "");
  facts.backups[0].plain_bytes = 400'000'000;
  CHECK(kinds_of(find_alerts(facts)) == "size_abnormal critical shop");
  facts.backups[0].plain_bytes = 1'600'000'000;
  CHECK(kinds_of(find_alerts(facts)) == "size_abnormal warning shop");
  facts.backups[0].plain_bytes = 1'400'000'000;
  facts.backups[0].finished = facts.backups[0].time + minutes(30);
  CHECK(kinds_of(find_alerts(facts)) == "duration_abnormal warning shop");
  facts.backups.resize(8);
  CHECK(kinds_of(find_alerts(facts)) == "");
}

TEST_CASE("a fault that a verification found is shown until a later one finds none, or the backup is removed") {
  Facts facts = daily(2);
  OperationRecord bad = operation_of("", hours(5), Outcome::faults, "verify");
  bad.backups = {facts.backups[1].id};
  bad.counts = {{"faults", 2}};
  facts.history = {bad};
  CHECK(kinds_of(find_alerts(facts)) == "verification_fault critical shop");
  facts.history.push_back(operation_of("", hours(4), Outcome::failed, "verify"));  // found out nothing
  facts.history.back().backups = bad.backups;
  CHECK(kinds_of(find_alerts(facts)) == "verification_fault critical shop");
  SUBCASE("a later verification of the backup") {
    facts.history.push_back(operation_of("", hours(3), Outcome::succeeded, "verify"));
    facts.history.back().backups = bad.backups;
  }
  SUBCASE("a later verification of all") { facts.history.push_back(operation_of("", hours(3), Outcome::succeeded, "verify_all")); }
  SUBCASE("the removal") { facts.backups.pop_back(); }
  CHECK(kinds_of(find_alerts(facts)) == "");
}

TEST_CASE("damaged backups and those of the future are shown, and count for nothing else") {
  Facts facts = daily(1);
  facts.backups.insert(facts.backups.begin(), backup_of("shop", -hours(48)));
  facts.backups.push_back({.id = "backup_x", .damage = "is cut short"});
  CHECK(kinds_of(find_alerts(facts)) == "backup_damaged critical\nbackup_in_future warning shop");
}

TEST_CASE("a storage that fills, a replica that lacks objects and keys at their end are shown") {
  Facts facts;
  facts.now = kNow;
  facts.usage = StorageUsage{.bytes = 89, .objects = 1, .limit_bytes = 100};
  facts.replicas = {{.uri = "a"}};
  facts.keys = {{.id = "k1", .last_used = kNow - days(364), .expires = kNow + days(31)}};
  CHECK(kinds_of(find_alerts(facts)) == "");
  facts.usage->bytes = 90;
  facts.replicas.push_back({.state = ReplicaStatus::State::behind, .uri = "b", .why = "lacks 3 objects"});
  facts.keys = {{.id = "k1", .last_used = kNow - days(366), .expires = kNow + days(29)}};
  CHECK(kinds_of(find_alerts(facts)) == "storage_nearly_full warning\nreplica_behind warning\nkey_expiring warning\nkey_unused info");
  facts.usage->bytes = 97;
  facts.keys = {{.id = "k1", .last_used = {}, .expires = kNow}};
  CHECK(kinds_of(find_alerts(facts)).starts_with("storage_nearly_full critical\nkey_expiring critical"));
}
