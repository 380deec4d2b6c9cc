// A host that schedules two jobs, runs them by a fake clock for a year, and reads status and metrics.
#include <doctest/doctest.h>

#include <map>

#include "holdfast/host.hpp"
#include "holdfast/metrics.hpp"
#include "holdfast/scheduler.hpp"
#include "support/footprint.hpp"

namespace hf = holdfast;

namespace {

/// The host's clock: it passes when the host says so.
class HostClock final : public hf::Clock {
 public:
  hf::TimePoint now() const override { return time; }
  hf::TimePoint time = hf::parse_time("2026-01-01T00:00:00Z");
};

/// The host's work: what it backs up is one text.
void back_up(hf::Repository& repository, const std::string& job, hf::Context& context) {
  hf::BackupOptions options;
  options.tags = {{"series", job}};
  const auto session = repository.begin(options, context);
  hf::SourceInfo source;
  source.record = {.uri = "host:" + job, .driver = "host", .name = job};
  const auto entry = session->add_source(source).open({.name = "text", .kind = "stream"});
  entry->write(hf::as_bytes("the data of " + job));
  entry->commit();
  session->commit();
}

}  // namespace

TEST_CASE("a host runs two jobs for a year, reads status and metrics, and nothing is left in it") {
  HostClock clock;
  hf::Context context;
  context.host.clock = &clock;
  hf::Repository repository = hf::create_repository(
      hf::memory_storage(), {.key = hf::raw_key(hf::Secret(std::string_view("0123456789abcdef0123456789abcdef")))}, context);
  const hf::testing::Footprint footprint;
  hf::Scheduler scheduler;
  std::map<std::string, hf::Schedule> schedules{{"nightly", hf::Schedule("17 1 * * *", {.zone = "Europe/Berlin"})},
                                                {"monthly", hf::Schedule("30 2 1 * *", {.zone = "Europe/Berlin"})}};
  for (const auto& [name, schedule] : schedules) scheduler.add(name, schedule, clock.time);
  std::map<std::string, int> runs;
  while (clock.time < hf::parse_time("2027-01-01T00:00:00Z")) {
    for (const hf::ScheduledRun& run : scheduler.step(clock.time)) {
      back_up(repository, run.name, context);
      ++runs[run.name];
      scheduler.finished(run.name);
    }
    clock.time = scheduler.next_due().value();
  }
  CHECK(runs == std::map<std::string, int>{{"nightly", 365}, {"monthly", 12}});

  hf::Facts facts = hf::gather_facts(repository, {}, context);
  for (const auto& [name, schedule] : schedules)
    facts.schedules[name] = {.due = schedule.previous(clock.time), .next_run = schedule.next(clock.time)};
  const hf::Status status = hf::status_of(facts);
  const auto monthly = std::ranges::find(status.series, "monthly", &hf::SeriesStatus::series);
  REQUIRE(monthly != status.series.end());
  CHECK(monthly->backups.size() == 12);
  CHECK(monthly->lateness_seconds == 0);
  CHECK(monthly->next_run == hf::parse_time("2027-01-01T01:30:00Z"));
  CHECK(hf::metrics_text(status).find("holdfast_next_run_timestamp_seconds{") != std::string::npos);
  CHECK(footprint.new_threads() == 0);
  CHECK(footprint.new_descriptors() == 0);
  CHECK(footprint.printed() == 0);
}
