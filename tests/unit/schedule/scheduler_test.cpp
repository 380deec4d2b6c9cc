#include "holdfast/scheduler.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "holdfast/error.hpp"

namespace hf = holdfast;
using namespace std::chrono_literals;
using hf::RunDecision;

namespace {

hf::TimePoint moment(const char* time) { return hf::parse_time(time); }
const hf::TimePoint kMidnight = moment("2026-11-20T00:00:00Z");

/// Returns decisions as "name due decision +merged", one a line.
std::string text_of(const std::vector<hf::ScheduledRun>& decisions) {
  std::string text;
  for (const hf::ScheduledRun& run : decisions) {
    text += run.name + " " + hf::format_time(run.due).substr(11, 5) + " " + std::string(hf::to_string(run.decision));
    text += (run.merged == 0 ? "" : " +" + std::to_string(run.merged)) + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("scheduler: each run that is due starts once, those first that have been due longest") {
  hf::Scheduler scheduler;
  scheduler.add("a", hf::Schedule("0 2 * * *"), kMidnight);
  scheduler.add("b", hf::Schedule("30 1 * * *"), kMidnight);
  CHECK(scheduler.next_due() == moment("2026-11-20T01:30:00Z"));
  CHECK(scheduler.step(moment("2026-11-20T01:29:59Z")).empty());
  CHECK(text_of(scheduler.step(moment("2026-11-20T02:00:00Z"))) == "b 01:30 start\na 02:00 start\n");
  CHECK(scheduler.step(moment("2026-11-20T02:00:00Z")).empty());
  CHECK(scheduler.running() == 2);
  scheduler.finished("a");
  CHECK(scheduler.running() == 1);
  CHECK(scheduler.next_due() == moment("2026-11-21T01:30:00Z"));
}

TEST_CASE("scheduler: one run makes up for those that were missed, unless the schedule does not catch up") {
  hf::Scheduler scheduler;
  scheduler.add("none", hf::Schedule("0 * * * *", {.catch_up = hf::CatchUp::none, .start_within = 60s}), kMidnight);
  scheduler.add("once", hf::Schedule("0 * * * *", {.start_within = 60s}), kMidnight);
  CHECK(text_of(scheduler.step(moment("2026-11-20T05:01:01Z"))) == "none 05:00 missed +4\nonce 05:00 start +4\n");
  scheduler.finished("once");
  CHECK(text_of(scheduler.step(moment("2026-11-20T06:01:00Z"))) == "none 06:00 start\nonce 06:00 start\n");
}

TEST_CASE("scheduler: a host that was off for years catches up at once") {
  hf::Scheduler scheduler;
  scheduler.add("a", hf::Schedule("* * * * * *"), kMidnight);
  CHECK(text_of(scheduler.step(moment("2036-11-20T00:00:00Z"))) == "a 00:00 start +1000\n");
  CHECK(scheduler.next_due() == moment("2036-11-20T00:00:01Z"));
}

TEST_CASE("scheduler: a run that is due before the earlier one has finished is left out, waits, or starts") {
  hf::Scheduler scheduler;
  scheduler.add("allow", hf::Schedule("0 * * * *", {.overlap = hf::Overlap::allow}), kMidnight);
  scheduler.add("queue", hf::Schedule("0 * * * *", {.overlap = hf::Overlap::queue}), kMidnight);
  scheduler.add("skip", hf::Schedule("0 * * * *", {.overlap = hf::Overlap::skip}), kMidnight);
  CHECK(text_of(scheduler.step(kMidnight + 1h)) == "allow 01:00 start\nqueue 01:00 start\nskip 01:00 start\n");
  CHECK(text_of(scheduler.step(kMidnight + 2h)) == "allow 02:00 start\nqueue 02:00 queued\nskip 02:00 overlap\n");
  CHECK(text_of(scheduler.step(kMidnight + 3h)) == "allow 03:00 start\nqueue 03:00 overlap\nskip 03:00 overlap\n");
  CHECK(scheduler.next_due() == kMidnight + 4h);
  scheduler.finished("queue");
  scheduler.finished("skip");
  CHECK(scheduler.next_due() == kMidnight + 2h);  // the one that waits
  CHECK(text_of(scheduler.step(kMidnight + 3h + 10min)) == "queue 02:00 start\n");
  CHECK(scheduler.step(kMidnight + 3h + 20min).empty());
  CHECK(scheduler.running() == 4);
}

TEST_CASE("scheduler: after a jump back, runs are due again except those that were started") {
  hf::Scheduler scheduler;
  scheduler.add("a", hf::Schedule("0 * * * *", {.overlap = hf::Overlap::allow}), kMidnight);
  CHECK(text_of(scheduler.step(kMidnight + 1h)) == "a 01:00 start\n");
  CHECK(scheduler.step(kMidnight + 30min).empty());
  CHECK(scheduler.step(kMidnight + 1h + 1min).empty());  // not a second time
  CHECK(text_of(scheduler.step(kMidnight + 10 * 365 * 24h)) == "a 00:00 start +1000\n");
  CHECK(scheduler.step(kMidnight + 90min).empty());
  CHECK(scheduler.next_due() == kMidnight + 2h);  // and not only in ten years
  CHECK(text_of(scheduler.step(kMidnight + 2h)) == "a 02:00 start\n");
}

TEST_CASE("scheduler: a run that waits starts after a jump back, too, and holds up no other") {
  hf::Scheduler scheduler;
  scheduler.add("a", hf::Schedule("0 * * * *", {.overlap = hf::Overlap::queue}), kMidnight);
  CHECK(text_of(scheduler.step(kMidnight + 4h)) == "a 04:00 start +3\n");
  CHECK(text_of(scheduler.step(kMidnight + 5h)) == "a 05:00 queued\n");
  scheduler.finished("a");
  CHECK(text_of(scheduler.step(kMidnight + 90min)) == "a 05:00 start\n");
  CHECK(text_of(scheduler.step(kMidnight + 2h)) == "a 02:00 queued\n");
}

TEST_CASE("scheduler: the last run of an earlier process is not started again, even if its clock was ahead") {
  hf::Scheduler scheduler;
  scheduler.add("a", hf::Schedule("0 * * * *", {.overlap = hf::Overlap::allow}), kMidnight + 10h);
  CHECK(scheduler.step(kMidnight + 8h + 30min).empty());
  CHECK(text_of(scheduler.step(kMidnight + 9h)) == "a 09:00 start\n");
  CHECK(scheduler.step(kMidnight + 10h).empty());
  CHECK(text_of(scheduler.step(kMidnight + 11h)) == "a 11:00 start\n");
}

TEST_CASE("scheduler: whatever the clock does, no run is started twice, and none that the clock passes is lost") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto up_to = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
  for (int round = 0; round < 60; ++round) {
    const hf::Overlap overlap = std::array{hf::Overlap::skip, hf::Overlap::queue, hf::Overlap::allow}[static_cast<std::size_t>(up_to(2))];
    const hf::Schedule schedule(
        std::array{"*/10 * * * *", "every 7m", "3 */2 * * *"}[static_cast<std::size_t>(up_to(2))],
        {.zone = "Europe/Berlin", .catch_up = up_to(1) == 0 ? hf::CatchUp::none : hf::CatchUp::once, .overlap = overlap});
    hf::Scheduler scheduler;
    hf::TimePoint now = moment("2026-10-24T20:00:00Z");
    scheduler.add("a", schedule, now);
    std::set<hf::TimePoint> taken{now}, started;
    hf::TimePoint before = now;
    for (int step = 0; step < 300; ++step) {
      before = now;
      now += up_to(9) == 0 ? std::chrono::minutes(up_to(6000) - 3000) : std::chrono::minutes(up_to(8));
      std::set<hf::TimePoint> passed;
      for (auto due = schedule.next(before); due && *due <= now; due = schedule.next(*due)) passed.insert(*due);
      std::erase_if(passed, [&](hf::TimePoint due) { return taken.contains(due); });
      std::uint64_t accounted = 0;
      for (const hf::ScheduledRun& run : scheduler.step(now)) {
        if (run.decision == RunDecision::start) CHECK_MESSAGE(started.insert(run.due).second, hf::format_time(run.due));
        const bool takes = run.decision == RunDecision::start || run.decision == RunDecision::queued;
        const bool waited = takes && !taken.insert(run.due).second;  // the decision to queue it was counted
        if (waited) continue;
        CHECK(run.due <= now);
        accounted += 1 + run.merged;
      }
      CHECK_MESSAGE(accounted == passed.size(), "round " << round << " step " << step);
      if (scheduler.running() > 0 && up_to(2) > 0) scheduler.finished("a");
    }
  }
}

TEST_CASE("scheduler: a year of two jobs passes by a fake clock") {
  hf::Scheduler scheduler;
  hf::TimePoint now = moment("2026-01-01T00:00:00Z");
  scheduler.add("hourly", hf::Schedule("17 * * * *", {.zone = "Europe/Berlin"}), now);
  scheduler.add("nightly", hf::Schedule("30 2 * * *", {.zone = "Europe/Berlin"}), now);
  std::map<std::string, int> starts;
  while (now < moment("2027-01-01T00:00:00Z")) {
    for (const hf::ScheduledRun& run : scheduler.step(now)) {
      CHECK(run.decision == RunDecision::start);
      CHECK(run.due == now);
      ++starts[run.name];
      scheduler.finished(run.name);
    }
    now = scheduler.next_due().value();
  }
  CHECK(starts["hourly"] == 365 * 24);
  CHECK(starts["nightly"] == 365);
}

TEST_CASE("scheduler: wrong calls are refused") {
  hf::Scheduler scheduler;
  scheduler.add("a", hf::Schedule("@daily"), kMidnight);
  CHECK_THROWS_WITH_AS(scheduler.add("a", hf::Schedule("@daily"), kMidnight), "the scheduler has a schedule 'a' already; remove it first",
                       hf::Error);
  CHECK_THROWS_AS(scheduler.remove("b"), hf::Error);
  CHECK_THROWS_AS(scheduler.finished("b"), hf::Error);
  CHECK_THROWS_WITH_AS(scheduler.finished("a"), "schedule 'a': no run is running, so none can have finished", hf::Error);
  scheduler.remove("a");
  CHECK_FALSE(scheduler.next_due());
  CHECK(scheduler.step(kMidnight).empty());
}

TEST_CASE("scheduler: run gives out what is due, wakes for new schedules and finished runs, and ends on a stop") {
  class FakeClock final : public hf::Clock {
   public:
    hf::TimePoint now() const override { return hf::TimePoint(micros.load() * 1us); }
    std::atomic<std::int64_t> micros{kMidnight.time_since_epoch().count()};
  };
  FakeClock clock;
  hf::Scheduler scheduler;
  std::stop_source stop;
  std::atomic<int> runs{0};
  std::jthread loop([&] {
    scheduler.run(clock, stop.get_token(), [&](const hf::ScheduledRun& run) {
      if (run.decision == RunDecision::start) runs.fetch_add(1), runs.notify_all();
    });
  });
  clock.micros += std::chrono::microseconds(1h).count();
  scheduler.add("a", hf::Schedule("0 * * * *", {.overlap = hf::Overlap::queue}), kMidnight);  // due, so that it wakes the loop
  runs.wait(0);
  clock.micros += std::chrono::microseconds(1h).count();
  scheduler.add("b", hf::Schedule("@yearly"), kMidnight);  // wakes it, too: the second run of a waits for the first
  while (scheduler.next_due() != kMidnight + 3h) std::this_thread::yield();
  CHECK(runs == 1);
  scheduler.finished("a");
  runs.wait(1);
  CHECK(runs == 2);
  stop.request_stop();
  loop.join();
  CHECK(scheduler.running() == 1);
  CHECK_NOTHROW(scheduler.run(clock, stop.get_token(), [](const hf::ScheduledRun&) { FAIL("a run after the stop"); }));
}
