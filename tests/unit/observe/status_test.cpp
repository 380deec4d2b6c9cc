// Status, metrics and page: the right facts, and no name that changes their form.

#include <doctest/doctest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>

#include "holdfast/metrics.hpp"
#include "support/opened_repository.hpp"
#include "support/plain_repository.hpp"
#include "unit/observe/facts.hpp"

using namespace holdfast;
using namespace holdfast::test;
using std::chrono::hours;

namespace {

constexpr const char* kHostile = "</title><script>alert(1)</script>\"'&\n# TYPE x gauge\\ \xff \xE2\x80\xAE";

Facts hostile() {
  Facts facts = daily(1);
  facts.repository.uri = kHostile;
  facts.backups[0].sources[0].name = kHostile;
  facts.backups[0].tags["series"] = kHostile;
  facts.history = {operation_of(kHostile, hours(1), Outcome::failed, "backup")};
  facts.history[0].message = kHostile;
  facts.replicas = {{.state = ReplicaStatus::State::behind, .uri = kHostile, .why = kHostile}};
  facts.schedules[kHostile] = {.due = kNow - hours(2), .next_run = kNow};
  return facts;
}

// Returns the lines of the metrics that are no comments.
std::vector<std::string> samples_in(const std::string& metrics) {
  std::vector<std::string> samples;
  std::size_t from = 0;
  for (std::size_t end; (end = metrics.find('\n', from)) != std::string::npos; from = end + 1) {
    if (metrics[from] != '#') samples.push_back(metrics.substr(from, end - from));
  }
  return samples;
}

}  // namespace

TEST_CASE("the status of a series has the last proven restorable point, which need not be the newest backup") {
  Facts facts = daily(3);
  facts.backups[0].level = ProofLevel::stored;
  facts.backups[1].level = ProofLevel::checksummed;
  facts.schedules["shop"] = {.due = {}, .next_run = kNow + hours(1)};
  const Status status = status_of(facts);
  REQUIRE(status.series.size() == 1);
  const SeriesStatus& shop = status.series[0];
  CHECK(shop.series == "shop");
  CHECK(shop.name == "shop name");
  CHECK(shop.newest->backup == facts.backups[0].id);
  CHECK(shop.checked->backup == facts.backups[1].id);
  CHECK(shop.proven->backup == facts.backups[2].id);
  CHECK(shop.proven->level == ProofLevel::content_equal);
  CHECK(shop.seconds == 100);
  CHECK(shop.dedup_ratio() == 4);
  CHECK(shop.backups.front().id == facts.backups[2].id);
  CHECK(shop.next_run == kNow + hours(1));
  CHECK(shop.attempt->outcome == Outcome::succeeded);
  facts.history = {operation_of("shop", hours(1), Outcome::failed)};
  CHECK(status_of(facts).series[0].attempt->outcome == Outcome::failed);
  CHECK(status_of(facts).series[0].failures == 1);
}

TEST_CASE("an empty repository has a status, a page and metrics") {
  const Status status = status_of(daily(0));
  CHECK(status.series.empty());
  CHECK(status_page(status).find("There are no backups yet") != std::string::npos);
  CHECK(metrics_text(status).ends_with("# EOF\n"));
  CHECK(nlohmann::json::parse(to_json(status))["series"].empty());
}

TEST_CASE("hostile names change the form of neither page nor metrics nor JSON") {
  const Status status = status_of(hostile());
  const std::string page = status_page(status);
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("\xE2\x80\xAE") == std::string::npos);
  CHECK(page.find("&lt;script&gt;alert(1)") != std::string::npos);
  CHECK(nlohmann::json::parse(to_json(status))["series"].size() == 1);
  const std::string metrics = metrics_text(status);
  for (const std::string& sample : samples_in(metrics)) {
    CAPTURE(sample);
    CHECK(sample.starts_with("holdfast_"));
    CHECK(sample.find("{repository=\"</title><script>alert(1)</script>\\\"'&\\n# TYPE x gauge\\\\ ") != std::string::npos);
  }
}

TEST_CASE("each metric has one help, one type and no sample twice") {
  Facts facts = hostile();
  facts.usage = StorageUsage{.bytes = 1, .objects = 2, .limit_bytes = 3};
  facts.backups.push_back(backup_of("other", hours(3)));
  const std::string metrics = metrics_text(status_of(facts));
  std::set<std::string> seen;
  std::size_t from = 0;
  for (std::size_t end; (end = metrics.find('\n', from)) != std::string::npos; from = end + 1) {
    const std::string line = metrics.substr(from, end - from);
    const bool comment = line.starts_with("#");
    CHECK(seen.insert(comment ? line.substr(0, line.find(' ', 8)) : line.substr(0, line.rfind(' '))).second);
  }
  CHECK(metrics.find("holdfast_dedup_ratio{repository=") != std::string::npos);
  CHECK(metrics.find("holdfast_repository_limit_bytes{") != std::string::npos);
}

TEST_CASE("the metrics have the recovery points' ages, the position in the source's log, and how far replicas are behind") {
  Facts facts = daily(3);
  facts.backups[0].level = ProofLevel::stored;
  facts.backups[0].sources[0].notes["wal_position"] = "1/A0";
  facts.backups[0].sources.push_back({.uri = "test:odd", .driver = "test", .name = "odd", .notes = {{"wal_position", "1/A0x"}}});
  facts.replicas = {{.id = "a", .uri = "file:///a"},
                    {.state = ReplicaStatus::State::behind, .id = "b", .uri = "file:///b"},
                    {.state = ReplicaStatus::State::unreachable, .id = "c", .uri = "file:///c"}};
  facts.lags = {{.id = "a"}, {.id = "b", .backups = 2, .since = kNow - hours(30)}};
  const std::string metrics = metrics_text(status_of(facts));
  const auto has = [&](const std::string& sample) { return metrics.find("\nholdfast_" + sample + "\n") != std::string::npos; };
  const std::string at = "{repository=\"file:///backups\",";
  CHECK(has("restorable_point_age_seconds" + at + "series=\"shop\"} 21600"));
  CHECK(has("proven_point_age_seconds" + at + "series=\"shop\"} 108000"));
  CHECK(has("log_position_bytes" + at + "series=\"shop\",source=\"test:shop\"} 4294967456"));
  CHECK(metrics.find("test:odd") == std::string::npos);
  CHECK(has("replica_lag_backups" + at + "replica=\"file:///b\"} 2"));
  CHECK(has("replica_lag_seconds" + at + "replica=\"file:///b\"} 108000"));
  CHECK(has("replica_lag_seconds" + at + "replica=\"file:///a\"} 0"));
  CHECK(metrics.find("lag_seconds" + at + "replica=\"file:///c") == std::string::npos);
  const nlohmann::json replicas = nlohmann::json::parse(to_json(status_of(facts)))["replicas"];
  CHECK(replicas[1]["backups_behind"] == 2);
  CHECK(replicas[1]["behind_since"].is_string());
  CHECK(replicas[2]["backups_behind"].is_null());
  CHECK(status_page(status_of(facts)).find("lacks 2 backups") != std::string::npos);
}

TEST_CASE("the page tells series of one name apart, also in what needs attention and in the newest operations") {
  Facts facts = daily(0);
  for (const std::string series : {"north", "south"}) {
    facts.backups.push_back(backup_of(series, hours(1), ProofLevel::stored));
    facts.backups.back().sources[0].name = "shop";
  }
  facts.history = {operation_of("south", hours(0), Outcome::failed)};
  const std::string page = status_page(status_of(facts));
  std::size_t named = 0;
  for (std::size_t at = 0; (at = page.find("<bdi>south</bdi>", at)) != std::string::npos; ++at) ++named;
  CHECK(named == 5);  // overview, its own part, two alerts, one operation
}

TEST_CASE("however many series there are, the metrics stay bounded") {
  Facts facts = daily(0);
  for (int number = 0; number < 50; ++number) facts.backups.push_back(backup_of("series" + std::to_string(number), hours(1)));
  const std::string metrics = metrics_text(status_of(facts), {.series = 10});
  CHECK(std::ranges::count_if(samples_in(metrics), [](const std::string& line) { return line.starts_with("holdfast_backups{"); }) == 10);
  CHECK(metrics.find("holdfast_series_left_out{repository=\"file:///backups\"} 40\n") != std::string::npos);
}

TEST_CASE("the page of 5,000 backups is small, because its charts have as many points as columns") {
  CHECK(status_page(status_of(daily(5000))).size() < 60'000);
}

TEST_CASE("facts are gathered from a repository of either layout") {
  OpenedRepository<PlainRepository> at;
  const BackupId id = back_up(at.repository, at.repo.context, {{"a", "text"}});
  at.repo.clock.advance(hours(1));
  const Facts facts = gather_facts(at.repository, {.measure = true}, at.repo.context);
  const Status status = status_of(facts);
  REQUIRE(status.series.size() == 1);
  CHECK(status.series[0].newest->backup == id);
  CHECK(status.history.size() == 1);
  CHECK(status.usage->objects == at.repo.storage->objects().size());
}
