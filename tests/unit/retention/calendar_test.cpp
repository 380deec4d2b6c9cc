#include "retention/calendar.hpp"

#include <doctest/doctest.h>

namespace hf = holdfast;
using hf::Period;
using std::chrono::minutes;

namespace {
std::string period(Period kind, const char* time, int offset_minutes = 0) {
  return hf::period_of(kind, hf::parse_time(time), minutes(offset_minutes));
}
}  // namespace

TEST_CASE("ISO weeks begin on Monday and belong to the year of their Thursday") {
  struct Row {
    const char* time;
    const char* week;
  };
  // Checked with date(1): date -u -d ... +%G-W%V
  for (const Row& row :
       {Row{"2026-01-01T00:00:00Z", "2026-W01"}, Row{"2025-12-29T00:00:00Z", "2026-W01"}, Row{"2025-12-28T23:59:59.999999Z", "2025-W52"},
        Row{"2020-12-31T12:00:00Z", "2020-W53"}, Row{"2021-01-03T23:59:59Z", "2020-W53"}, Row{"2021-01-04T00:00:00Z", "2021-W01"},
        Row{"2026-12-31T00:00:00Z", "2026-W53"}, Row{"2027-01-03T00:00:00Z", "2026-W53"}, Row{"2024-12-30T00:00:00Z", "2025-W01"},
        Row{"2016-01-03T00:00:00Z", "2015-W53"}, Row{"1970-01-01T00:00:00Z", "1970-W01"}, Row{"1969-12-28T23:00:00Z", "1969-W52"}})
    CHECK_MESSAGE(period(Period::week, row.time) == row.week, row.time);
}

TEST_CASE("periods are those of the offset's local time") {
  const char* time = "2024-02-28T23:30:00Z";
  CHECK(period(Period::hour, time) == "2024-02-28T23");
  CHECK(period(Period::hour, time, 30) == "2024-02-29T00");
  CHECK(period(Period::day, time, 29) == "2024-02-28");
  CHECK(period(Period::day, time, 30) == "2024-02-29");
  CHECK(period(Period::day, time, -23 * 60 - 31) == "2024-02-27");
  CHECK(period(Period::month, "2024-02-29T18:29:59.999999Z", 330) == "2024-02");
  CHECK(period(Period::month, "2024-02-29T18:30:00Z", 330) == "2024-03");
  CHECK(period(Period::year, "2023-12-31T23:59:59Z", 1) == "2024");
  CHECK(period(Period::year, "2024-01-01T00:00:00Z", -1) == "2023");
  CHECK(period(Period::week, "2021-01-03T23:00:00Z", 60) == "2021-W01");
}

TEST_CASE("times before 1970 are in their own period, not in the next one") {
  CHECK(period(Period::hour, "1969-12-31T23:59:59.999999Z") == "1969-12-31T23");
  CHECK(period(Period::day, "1969-12-31T00:00:00.000001Z") == "1969-12-31");
}
