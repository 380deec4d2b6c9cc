#include "base/plain_text.hpp"

#include <doctest/doctest.h>

#include "base/utf8.hpp"

namespace hf = holdfast;

TEST_CASE("control characters and turns of direction become blanks; text stays") {
  CHECK(hf::plain_text("Grüße, 世界 🎉\nnext") == "Grüße, 世界 🎉\nnext");
  CHECK(hf::plain_line("a\r\nb\tc\x1b[31m\x7f") == "a  b c [31m ");
  CHECK(hf::plain_text("a\r\nb") == "a \nb");
  CHECK(hf::plain_line("\xC2\x85x\xE2\x80\xA8y\xE2\x80\xAEz\xE2\x81\xA6") == " x y z ");
}

TEST_CASE("bytes that are not UTF-8 become replacement characters, so that the result always is") {
  CHECK(hf::plain_text("a\xFF") == "a\xEF\xBF\xBD");
  for (const std::string_view broken :
       {"\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x80", "\xF0\x9F\x8E", "\x80", "\xE2\x28\xA1"}) {
    CHECK(!hf::is_utf8(broken));
    CHECK(hf::is_utf8(hf::plain_text(broken)));
  }
}

TEST_CASE("a text that is too long is cut between two characters, visibly") {
  CHECK(hf::shortened("abc", 3) == "abc");
  CHECK(hf::shortened("abcdefg", 5) == "ab…");
  CHECK(hf::shortened("ü世界", 7) == "ü…");
  for (std::size_t most = 3; most < 12; ++most) {
    const std::string cut = hf::shortened("ü世界🎉ü世界🎉", most);
    CHECK(hf::is_utf8(cut));
    CHECK(cut.size() <= most);
  }
}
