#include "schedule/cron.hpp"

#include <doctest/doctest.h>

#include <string>

#include "holdfast/error.hpp"
#include "holdfast/schedule.hpp"

namespace hf = holdfast;

namespace {

/// Returns the next times in UTC, separated by commas, without the seconds of a 5-field expression.
std::string times(const std::string& expression, const std::string& after, std::size_t count = 3) {
  std::string text;
  for (const hf::TimePoint time : hf::Schedule(expression).next_times(hf::parse_time(after), count)) {
    if (!text.empty()) text += ", ";
    text += hf::format_time(time).substr(0, 16);
  }
  return text;
}

std::string refusal(const std::string& expression) {
  try {
    hf::Schedule schedule(expression);
  } catch (const hf::Error& error) {
    CHECK(error.code() == hf::ErrorCode::invalid_argument);
    return error.what();
  }
  return "accepted";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("cron: numbers, names, ranges, steps and lists") {
  const std::string start = "2026-11-20T12:00:00Z";  // a Friday
  CHECK(times("30 2 * * *", start) == "2026-11-21T02:30, 2026-11-22T02:30, 2026-11-23T02:30");
  CHECK(times("*/20 12 * * *", start) == "2026-11-20T12:20, 2026-11-20T12:40, 2026-11-21T12:00");
  CHECK(times("50/5 12 * * *", start) == "2026-11-20T12:50, 2026-11-20T12:55, 2026-11-21T12:50");
  CHECK(times("10-30/10,45 12 20 11 ?", start, 4) == "2026-11-20T12:10, 2026-11-20T12:20, 2026-11-20T12:30, 2026-11-20T12:45");
  CHECK(times("0 0 * * Fri-SUN", start) == "2026-11-21T00:00, 2026-11-22T00:00, 2026-11-27T00:00");
  CHECK(times("0 0 * * 7", start, 1) == "2026-11-22T00:00");
  CHECK(times("0-00 12 * * *", start, 2) == "2026-11-21T12:00, 2026-11-22T12:00");
  CHECK(times("0 0 * * sun-sun", start, 2) == "2026-11-22T00:00, 2026-11-29T00:00");
  CHECK(times("0 0 * * 5/2", start, 2) == "2026-11-22T00:00, 2026-11-27T00:00");
  CHECK(times("0 0 * * 5-7/2", start, 2) == "2026-11-22T00:00, 2026-11-27T00:00");
  CHECK(times("0 0 1 jan,Jul *", start, 2) == "2027-01-01T00:00, 2027-07-01T00:00");
  CHECK(times("0 0 29 2 *", start, 2) == "2028-02-29T00:00, 2032-02-29T00:00");
}

TEST_CASE("cron: of six fields, the first is the second") {
  const auto found = hf::Schedule("15,45 0 2 * * *").next_times(hf::parse_time("2026-11-20T12:00:00Z"), 2);
  CHECK(hf::format_time(found.at(0)) == "2026-11-21T02:00:15Z");
  CHECK(hf::format_time(found.at(1)) == "2026-11-21T02:00:45Z");
}

TEST_CASE("cron: day of month and day of week are alternatives if both are restricted, as in crontab(5)") {
  const std::string start = "2026-11-20T12:00:00Z";
  CHECK(times("0 0 1 * mon", start) == "2026-11-23T00:00, 2026-11-30T00:00, 2026-12-01T00:00");
  CHECK(times("0 0 */2 * mon", start) == "2026-11-23T00:00, 2026-12-07T00:00, 2026-12-21T00:00");
  CHECK(times("0 0 1 * */2", start) == "2026-12-01T00:00, 2027-04-01T00:00, 2027-05-01T00:00");
}

TEST_CASE("cron: L is the last day of a month, or its last such weekday; # is the nth") {
  const std::string start = "2027-12-20T12:00:00Z";
  CHECK(times("0 0 L * *", start) == "2027-12-31T00:00, 2028-01-31T00:00, 2028-02-29T00:00");
  CHECK(times("0 0 l-2,1 2 *", start) == "2028-02-01T00:00, 2028-02-27T00:00, 2029-02-01T00:00");
  for (const char* last : {"0 0 * * 5L", "0 0 * * L5", "0 0 * * friL", "0 0 ? * FRIl"})
    CHECK_MESSAGE(times(last, start, 2) == "2027-12-31T00:00, 2028-01-28T00:00", last);
  CHECK(times("0 0 * * tue#1", start, 2) == "2028-01-04T00:00, 2028-02-01T00:00");
  CHECK(times("0 0 * * 7#5,1#1", start) == "2028-01-03T00:00, 2028-01-30T00:00, 2028-02-07T00:00");
}

TEST_CASE("cron: nicknames and blanks") {
  const std::string start = "2026-11-20T12:00:00Z";
  CHECK(times("@hourly", start, 1) == "2026-11-20T13:00");
  CHECK(times("@daily", start, 1) == times("@midnight", start, 1));
  CHECK(times("@weekly", start, 1) == "2026-11-22T00:00");
  CHECK(times("@monthly", start, 1) == "2026-12-01T00:00");
  CHECK(times("@yearly", start, 1) == times("@annually", start, 1));
  CHECK(times(" \t30  2\t* * * ", start, 1) == "2026-11-21T02:30");
}

TEST_CASE("cron: an error names the expression, the field and what to write") {
  CHECK(contains(refusal("60 * * * *"), "schedule '60 * * * *': minute '60' is not from 0 to 59"));
  CHECK(contains(refusal("0 24 * * *"), "hour '24'"));
  CHECK(contains(refusal("0 0 0 * *"), "day of month '0'"));
  CHECK(contains(refusal("0 0 * foo *"), "month 'foo' is not from 1 to 12, or from jan to dec"));
  CHECK(contains(refusal("0 0 * * 8"), "day of week '8'"));
  CHECK(contains(refusal("0 0 * * fri#6"), "number of the weekday '6'"));
  CHECK(contains(refusal("0 0 L-31 * *"), "days before the last '31'"));
  CHECK(contains(refusal("22-2 * * * *"), "ends before it begins"));
  CHECK(contains(refusal("*/90 * * * *"), "every 90m"));
  CHECK(contains(refusal("*/0 * * * *"), "no step"));
  CHECK(contains(refusal("@reboot"), "nickname is unknown"));
  CHECK(contains(refusal("* * * *"), "it has 4 fields"));
  CHECK(contains(refusal(""), "it has 0 fields"));
  CHECK(contains(refusal("0 0 30 2 *"), "no date ever matches"));
  CHECK(contains(refusal("every 0s"), "the interval is 0"));
  CHECK(contains(refusal("every 6x"), "not a duration"));
  CHECK(contains(refusal(std::string(2000, '*')), "longer than 1000 characters"));
}

TEST_CASE("cron: hostile texts are refused in one line") {
  for (const std::string text :
       {"0 0 * * ,", "0 0 1,,2 * *", "0 0 -1 * *", "0 0 1- * *", "0 0 1-2-3 * *", "0 0 1/2/3 * *", "0 0 # * *", "0 0 * * #1", "0 0 * * L",
        "0 0 LL * *", "0 0 L-* *", "0 0 ?/2 * *", "0 0 99999999999999999999 * *", "0 0 \n\x01\x7f * *", "0 0 \xff\xfe * *", "0 0 *5 * *",
        "0 0 5* * *", "0 0 1 * * * 2026", "* * * * * ' OR 1=1"}) {
    const std::string error = refusal(text);
    CHECK_MESSAGE(error != "accepted", text);
    CHECK_MESSAGE(error.find('\n') == std::string::npos, text);
  }
}
