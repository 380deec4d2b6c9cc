#include <doctest/doctest.h>

#include "holdfast/schedule_conflict.hpp"

namespace hf = holdfast;
using namespace std::chrono_literals;

namespace {

const hf::TimePoint kFrom = hf::parse_time("2026-11-20T00:00:00Z"), kUntil = kFrom + 14 * 24h;

hf::PlannedJob job(const char* name, const char* expression, std::chrono::seconds duration, const char* server = "db1") {
  return {name, hf::Schedule(expression), server, {duration}};
}

std::string found(const std::vector<hf::PlannedJob>& jobs) {
  std::string text;
  for (const hf::ScheduleConflict& conflict : hf::find_conflicts(jobs, kFrom, kUntil)) text += conflict.text() + "\n";
  return text;
}

}  // namespace

TEST_CASE("conflicts: nine of ten earlier runs ended within the usual duration") {
  CHECK(hf::usual_duration({}) == 0s);
  CHECK(hf::usual_duration({7s}) == 7s);
  CHECK(hf::usual_duration({10s, 9s, 8s, 7s, 6s, 5s, 4s, 3s, 2s, 1000s}) == 10s);
  CHECK(hf::usual_duration({3s, 1s, 2s}) == 3s);
}

TEST_CASE("conflicts: two jobs that load one server at the same time are found, with a shift that avoids it") {
  CHECK(found({job("a", "0 2 * * *", 1h), job("b", "30 2 * * *", 40min)}) ==
        "a and b run at once, first at 2026-11-20T02:30:00Z, 14 times, for up to 30m; if b begins 30m later, they do not\n");
  CHECK(found({job("a", "0 2 * * *", 1h), job("b", "0 3 * * *", 40min)}).empty());                 // one ends as the other begins
  CHECK(found({job("a", "0 2 * * *", 1h), job("b", "0 2 * * *", 1h, "db2")}).empty());             // another server
  CHECK(found({job("a", "0 2 * * *", 1h), {"b", hf::Schedule("0 2 * * *"), "db1", {}}}).empty());  // nothing known of its runs
}

TEST_CASE("conflicts: a shift avoids the other jobs, too") {
  const auto conflicts =
      hf::find_conflicts(std::vector{job("a", "0 2 * * *", 1h), job("b", "0 2 * * *", 50min), job("c", "0 3 * * *", 1h)}, kFrom, kUntil);
  REQUIRE(conflicts.size() == 1);
  CHECK(conflicts[0].shift == 2h);
}

TEST_CASE("conflicts: there may be no shift") {
  CHECK(found({job("a", "0 * * * *", 50min), job("b", "30 * * * *", 20min)}) ==
        "a and b run at once, first at 2026-11-20T00:30:00Z, 336 times, for up to 20m; no shift below its interval avoids it\n");
}

TEST_CASE("conflicts: a run that is longer than the interval of its schedule is found") {
  CHECK(found({job("a", "0 1,2,12 * * *", 65min)}) ==
        "a: a run is not finished when the next one is due, first at 2026-11-20T02:00:00Z, 14 times, by up to 5m; choose a longer "
        "interval\n");
  CHECK(found({job("a", "0 1,2,12 * * *", 1h)}).empty());
  CHECK(found({}).empty());
}
