#include "holdfast/figures.hpp"

#include <doctest/doctest.h>

using namespace holdfast;

TEST_CASE("sizes have three digits and never read 1000 of a unit") {
  CHECK(format_size(0) == "0 B");
  CHECK(format_size(999) == "999 B");
  CHECK(format_size(1000) == "1.00 kB");
  CHECK(format_size(9994) == "9.99 kB");
  CHECK(format_size(9996) == "10.0 kB");
  CHECK(format_size(99960) == "100 kB");
  CHECK(format_size(999499) == "999 kB");
  CHECK(format_size(999500) == "1.00 MB");
  CHECK(format_size(303'400'000) == "303 MB");
  CHECK(format_size(UINT64_MAX) == "18.4 EB");
}

TEST_CASE("durations are written for people") {
  CHECK(format_seconds(7.94) == "7.9 s");
  CHECK(format_seconds(99.96) == "1 min 40 s");
  CHECK(format_seconds(125) == "2 min 05 s");
  CHECK(format_span(std::chrono::seconds(-5)) == "0 s");
  CHECK(format_span(std::chrono::milliseconds(59'999)) == "59 s");
  CHECK(format_span(std::chrono::seconds(60)) == "1 min 0 s");
  CHECK(format_span(std::chrono::hours(25) + std::chrono::minutes(59)) == "1 d 1 h");
}
