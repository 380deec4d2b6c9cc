#include "base/utf8.hpp"

#include <doctest/doctest.h>

TEST_CASE("UTF-8 is told from other bytes") {
  for (const char* good : {"", "plain", "B\u00fcro", "\u65e5\u672c", "\U0001F4BE", "\x7f", "\xf4\x8f\xbf\xbf"}) {
    CAPTURE(good);
    CHECK(holdfast::is_utf8(good));
  }
  for (const char* bad : {"\xfc", "B\xfcro", "\xc3", "\xc3(", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80",
                          "\xf4\x90\x80\x80", "\x80", "\xe6\x97"}) {
    CAPTURE(bad);
    CHECK_FALSE(holdfast::is_utf8(bad));
  }
}

TEST_CASE("text that is not UTF-8 is repaired, and other text is left alone") {
  CHECK(holdfast::to_utf8("a\"\n\xc3\xa4") == "a\"\n\xc3\xa4");
  CHECK(holdfast::to_utf8("a\xff") == "a\xef\xbf\xbd");
  CHECK(holdfast::to_utf8("") == "");
}
