#include "base/duration.hpp"

#include <doctest/doctest.h>

#include "holdfast/duration.hpp"
#include "holdfast/error.hpp"

using namespace holdfast;

TEST_CASE("durations are read with their units, and nothing is guessed") {
  using std::chrono::seconds;
  CHECK(parse_duration("90s") == seconds(90));
  CHECK(parse_duration("15m") == seconds(900));
  CHECK(parse_duration("7d") == seconds(7 * 86400));
  CHECK(parse_duration("1w2d12h") == seconds((9 * 24 + 12) * 3600));
  for (const std::string text : {"", "7", "d", "7x", "-1d", "1d2", "1.5h", "7 d", "99999999999999999999d", "99999999999d"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_duration(text), Error);
  }
}

TEST_CASE("a duration is written in its largest whole units") {
  using std::chrono::seconds;
  CHECK(format_duration(seconds(7 * 86400)) == "7d");
  CHECK(format_duration(seconds(86400 + 12 * 3600)) == "1d12h");
  CHECK(format_duration(seconds(90)) == "1m30s");
  CHECK(format_duration(seconds(0)) == "0s");
  CHECK(format_duration(seconds::max()).ends_with("s"));
}
