#include "cli/format.hpp"

#include <doctest/doctest.h>

using namespace holdfast::cli;

TEST_CASE("counts are grouped by thousands") {
  CHECK(format_count(0) == "0");
  CHECK(format_count(999) == "999");
  CHECK(format_count(1000) == "1,000");
  CHECK(format_count(5454000) == "5,454,000");
  CHECK(count_of(1, "table") == "1 table");
  CHECK(count_of(1000, "row") == "1,000 rows");
  CHECK(format_count(UINT64_MAX) == "18,446,744,073,709,551,615");
}

TEST_CASE("clocks show hours, minutes and seconds") {
  CHECK(format_clock(std::chrono::seconds(3)) == "0:00:03");
  CHECK(format_clock(std::chrono::hours(25) + std::chrono::seconds(61)) == "25:01:01");
  CHECK(format_clock(std::chrono::seconds(-5)) == "0:00:00");
}

TEST_CASE("text of unknown origin can't steer the terminal") {
  CHECK(printable("caf\xc3\xa9 \xe2\x82\xac") == "caf\xc3\xa9 \xe2\x82\xac");
  CHECK(printable("a\x1b[31mb\n\r\t\x7f") == "a?[31mb????");
  CHECK(printable("\xc2\x9b") == "?");
  CHECK(printable("\xff\xc3(\xe2\x82") ==
        "?"
        "?(?"
        "?");
}

TEST_CASE("a table's columns line up, also with characters beyond ASCII") {
  CHECK(format_table({{"ID", "SIZE"}, {"é", "5"}, {"abc", "1000", "x"}}, {1}) == "ID   SIZE\né       5\nabc  1000  x\n");
}
