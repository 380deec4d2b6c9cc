#include "holdfast/schedule.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

#include "holdfast/error.hpp"

namespace hf = holdfast;
using namespace std::chrono_literals;

namespace {

hf::TimePoint at(const char* time) { return hf::parse_time(time); }

/// Returns the due times after a moment as the zone's clock shows them, one a line.
std::string local_times(const hf::Schedule& schedule, const char* after, std::size_t count) {
  std::string text;
  for (const hf::TimePoint time : schedule.next_times(at(after), count)) text += schedule.local_time(time) + "\n";
  return text;
}

hf::Schedule in_zone(const char* zone, const char* expression) { return hf::Schedule(expression, {.zone = zone}); }

std::string refused(const char* expression, const hf::ScheduleOptions& options) {
  try {
    hf::Schedule schedule(expression, options);
  } catch (const hf::Error& error) {
    return error.what();
  }
  return "accepted";
}

bool holds(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("schedule: a run in a gap of the clock is due at its end, once") {
  // Berlin, 2026-03-29: 02:00 becomes 03:00.
  CHECK(local_times(in_zone("Europe/Berlin", "30 2 * * *"), "2026-03-28T00:00:00Z", 3) ==
        "2026-03-28 02:30:00 +01:00\n2026-03-29 03:00:00 +02:00\n2026-03-30 02:30:00 +02:00\n");
  CHECK(local_times(in_zone("Europe/Berlin", "*/15 2,3 * * *"), "2026-03-28T23:00:00Z", 3) ==
        "2026-03-29 03:00:00 +02:00\n2026-03-29 03:15:00 +02:00\n2026-03-29 03:30:00 +02:00\n");
  // Beirut: midnight itself is in the gap.
  CHECK(local_times(in_zone("Asia/Beirut", "0 0 * * *"), "2026-03-28T00:00:00Z", 2) ==
        "2026-03-29 01:00:00 +03:00\n2026-03-30 00:00:00 +03:00\n");
  // Apia had no 2011-12-30 at all.
  CHECK(local_times(in_zone("Pacific/Apia", "0 2 * * *"), "2011-12-29T00:00:00Z", 3) ==
        "2011-12-29 02:00:00 -10:00\n2011-12-31 00:00:00 +14:00\n2011-12-31 02:00:00 +14:00\n");
}

TEST_CASE("schedule: a run in repeated time is due once, the first time") {
  // Berlin, 2026-10-25: 03:00 becomes 02:00.
  CHECK(local_times(in_zone("Europe/Berlin", "30 2 * * *"), "2026-10-24T12:00:00Z", 2) ==
        "2026-10-25 02:30:00 +02:00\n2026-10-26 02:30:00 +01:00\n");
  // The same if the search begins in the repeated time.
  CHECK(local_times(in_zone("Europe/Berlin", "30 2 * * *"), "2026-10-25T01:10:00Z", 1) == "2026-10-26 02:30:00 +01:00\n");
  CHECK(local_times(in_zone("Europe/Berlin", "*/30 2,3 * * *"), "2026-10-24T23:59:59Z", 3) ==
        "2026-10-25 02:00:00 +02:00\n2026-10-25 02:30:00 +02:00\n2026-10-25 03:00:00 +01:00\n");
  // Lord Howe's clock changes by half an hour.
  CHECK(local_times(in_zone("Australia/Lord_Howe", "45 1 * * *"), "2026-04-04T00:00:00Z", 2) ==
        "2026-04-05 01:45:00 +11:00\n2026-04-06 01:45:00 +10:30\n");
}

TEST_CASE("schedule: an expression for every hour keeps its distances when the clock changes") {
  CHECK(local_times(in_zone("Europe/Berlin", "5 * * * *"), "2026-03-29T00:00:00Z", 2) ==
        "2026-03-29 01:05:00 +01:00\n2026-03-29 03:05:00 +02:00\n");
  CHECK(local_times(in_zone("Europe/Berlin", "5 * * * *"), "2026-10-25T00:00:00Z", 3) ==
        "2026-10-25 02:05:00 +02:00\n2026-10-25 02:05:00 +01:00\n2026-10-25 03:05:00 +01:00\n");
}

TEST_CASE("schedule: rules of a zone hold beyond the changes that its data lists") {
  CHECK(local_times(in_zone("America/New_York", "0 12 4 7 *"), "2039-01-01T00:00:00Z", 1) == "2039-07-04 12:00:00 -04:00\n");
  CHECK(local_times(in_zone("America/New_York", "0 12 4 7 *"), "2398-01-01T00:00:00Z", 3) ==
        "2398-07-04 12:00:00 -04:00\n2399-07-04 12:00:00 -04:00\n");
}

TEST_CASE("schedule: an interval is a fixed distance from a moment") {
  CHECK(local_times(hf::Schedule("every 6h"), "2026-11-20T05:59:59Z", 2) == "2026-11-20 06:00:00 +00:00\n2026-11-20 12:00:00 +00:00\n");
  const hf::Schedule fortnight("every 14d from 2026-01-05T02:00:00Z");
  CHECK(local_times(fortnight, "2020-01-01T00:00:00Z", 2) == "2026-01-05 02:00:00 +00:00\n2026-01-19 02:00:00 +00:00\n");
  CHECK_FALSE(fortnight.previous(at("2026-01-05T01:59:59Z")));
  CHECK(fortnight.previous(at("2026-01-19T01:59:59Z")) == at("2026-01-05T02:00:00Z"));
}

TEST_CASE("schedule: a run in a blackout is due at its end; several are one") {
  const hf::Schedule office("0 */4 * * *", {.blackouts = {"mon-fri 07:30-18:15"}});
  CHECK(local_times(office, "2026-11-20T03:00:00Z", 5) ==
        "2026-11-20 04:00:00 +00:00\n2026-11-20 18:15:00 +00:00\n2026-11-20 20:00:00 +00:00\n2026-11-21 00:00:00 +00:00\n"
        "2026-11-21 04:00:00 +00:00\n");
  CHECK(office.next(at("2026-11-20T09:00:00Z")) == at("2026-11-20T18:15:00Z"));
  CHECK(office.previous(at("2026-11-20T18:14:59Z")) == at("2026-11-20T04:00:00Z"));
  // Without a run in the window, nothing is due at its end.
  CHECK(hf::Schedule("0 4 * * *", {.blackouts = {"07:30-18:15"}}).next(at("2026-11-20T09:00:00Z")) == at("2026-11-21T04:00:00Z"));
  const hf::Schedule night("0 23,1 * * *", {.blackouts = {"fri 22:00-06:00", "2026-12-24..2026-12-26"}});
  CHECK(local_times(night, "2026-11-20T12:00:00Z", 2) == "2026-11-21 06:00:00 +00:00\n2026-11-21 23:00:00 +00:00\n");
  CHECK(local_times(night, "2026-12-23T12:00:00Z", 2) == "2026-12-23 23:00:00 +00:00\n2026-12-27 00:00:00 +00:00\n");
  // Of two windows, the second begins where the first ends.
  const hf::Schedule chained("0 12 * * *", {.blackouts = {"11:00-13:00", "13:00-14:00"}});
  CHECK(chained.next(at("2026-11-20T00:00:00Z")) == at("2026-11-20T14:00:00Z"));
}

TEST_CASE("schedule: a blackout is on the clock of the zone, also when that changes") {
  const hf::Schedule spring("30 1 * * *", {.zone = "Europe/Berlin", .blackouts = {"01:00-02:30"}});  // its end does not exist
  CHECK(local_times(spring, "2026-03-28T12:00:00Z", 2) == "2026-03-29 03:00:00 +02:00\n2026-03-30 02:30:00 +02:00\n");
  const hf::Schedule autumn("45 2 * * *", {.zone = "Europe/Berlin", .blackouts = {"02:40-04:00"}});  // the clock leaves it by going back
  CHECK(local_times(autumn, "2026-10-24T12:00:00Z", 2) == "2026-10-25 02:00:00 +01:00\n2026-10-26 04:00:00 +01:00\n");
}

TEST_CASE("schedule: jitter delays all runs of a name by the same part of it, and spreads names") {
  std::set<hf::TimePoint> seen;
  for (int number = 0; number < 50; ++number) {
    const hf::ScheduleOptions options{.name = "job " + std::to_string(number), .jitter = 10min};
    const auto times = hf::Schedule("0 2 * * *", options).next_times(at("2026-11-20T00:00:00Z"), 3);
    CHECK(times.at(0) >= at("2026-11-20T02:00:00Z"));
    CHECK(times.at(0) <= at("2026-11-20T02:10:00Z"));
    CHECK(times.at(1) - times.at(0) == 24h);
    CHECK(times == hf::Schedule("0 2 * * *", options).next_times(at("2026-11-20T00:00:00Z"), 3));
    seen.insert(times.at(0));
  }
  CHECK(seen.size() > 40);
}

TEST_CASE("schedule: wrong options are refused") {
  CHECK(holds(refused("@daily", {.zone = "Europe/Atlantis"}), "time zone 'Europe/Atlantis' is unknown"));
  for (const char* zone : {"", "/etc/passwd", "../../etc/passwd", "Europe", "tzdata.zi", "Europe/Berlin\n", "europe/berlin "})
    CHECK_MESSAGE(holds(refused("@daily", {.zone = zone}), "is unknown"), zone);
  CHECK(holds(refused("@daily", {.jitter = 1min}), "jitter needs a name"));
  CHECK(holds(refused("@daily", {.name = "a", .jitter = -1min}), "jitter is negative"));
  CHECK(holds(refused("@daily", {.start_within = -1s}), "start_within is negative"));
  CHECK(holds(refused("@daily", {.blackouts = {"00:00-12:00", "12:00-24:00"}}), "cover the whole week"));
  for (const char* window : {"", "8:00-9:00", "08:00", "08:00-08:00", "24:00-06:00", "08:00-24:01", "08:60-09:00", "2026-02-30..2026-03-01",
                             "2026-03-02..2026-03-01", "2026-03-01..", "mon 08:00 09:00"})
    CHECK_MESSAGE(holds(refused("@daily", {.blackouts = {window}}), "is no window of time"), window);
  CHECK(holds(refused("@daily", {.blackouts = {"xyz 08:00-09:00"}}), "day of week 'xyz'"));
  CHECK_THROWS_AS(hf::parse_catch_up("all"), hf::Error);
  CHECK_THROWS_AS(hf::parse_overlap(""), hf::Error);
  for (const hf::Overlap overlap : {hf::Overlap::skip, hf::Overlap::queue, hf::Overlap::allow})
    CHECK(hf::parse_overlap(hf::to_string(overlap)) == overlap);
}

TEST_CASE("schedule: any moment is answered, however early or late") {
  const hf::Schedule schedule("0 2 * * *", {.zone = "Europe/Berlin", .blackouts = {"01:00-03:00"}});
  CHECK(schedule.next(hf::TimePoint::min()) == at("1970-01-01T02:00:00Z"));
  CHECK_FALSE(schedule.next(hf::TimePoint::max()));
  CHECK_FALSE(schedule.previous(hf::TimePoint::min()));
  CHECK(schedule.previous(hf::TimePoint::max()) == at("2399-12-31T02:00:00Z"));
  CHECK(hf::Schedule("every 1s").next(hf::TimePoint(-1us)) == hf::TimePoint());
}

TEST_CASE("schedule: previous is the inverse of next") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const char* const zones[] = {"UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca"};
  const char* const expressions[] = {"30 2 * * *",   "5 * * * *", "*/7 1-3 * * *",    "0 0 L * *",
                                     "0 0 29 2 mon", "every 7h",  "10 0 3 * * fri#2", "* * * 1 *"};
  for (const char* const zone : zones) {
    for (const char* const expression : expressions) {
      const hf::Schedule schedule(expression,
                                  {.zone = zone, .name = "n", .jitter = 20min, .blackouts = {"mon-wed 01:30-02:45", "sun 23:00-04:00"}});
      for (int round = 0; round < 10; ++round) {
        const hf::TimePoint start{std::chrono::seconds(std::uniform_int_distribution<std::int64_t>(1700000000, 2100000000)(random))};
        const hf::TimePoint due = schedule.next(start).value(), later = schedule.next(due).value();
        INFO(zone << " " << expression << " after " << hf::format_time(start));
        CHECK(due > start);
        CHECK(later > due);
        CHECK(schedule.previous(due) == due);
        CHECK(schedule.previous(later - 1us) == due);
        CHECK(schedule.next(due - 1us) == due);
      }
    }
  }
}
