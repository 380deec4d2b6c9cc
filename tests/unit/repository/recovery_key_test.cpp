#include "holdfast/recovery_key.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "holdfast/error.hpp"

namespace hf = holdfast;

namespace {

std::string text_of(const hf::RecoveryKey& made) { return std::string(hf::as_text(made.text.bytes())); }

bool same(const hf::Key& a, const hf::Key& b) { return a.kind == b.kind && std::ranges::equal(a.secret.bytes(), b.secret.bytes()); }

}  // namespace

TEST_CASE("a recovery key is read in every way of typing it") {
  const hf::RecoveryKey made = hf::make_recovery_key(hf::system_random());
  std::string text = text_of(made);
  CHECK(text.size() == 68 + 16);
  CHECK(std::ranges::count(text, '\n') == 2);
  CHECK(same(hf::read_recovery_key(text), made.key));
  for (char& c : text) c = c == ' ' ? '-' : c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  CHECK(same(hf::read_recovery_key("\r\n" + text + "\t"), made.key));
  CHECK(!same(hf::make_recovery_key(hf::system_random()).key, made.key));
}

TEST_CASE("a recovery key with a single wrong, missing or additional digit is refused") {
  const hf::RecoveryKey made = hf::make_recovery_key(hf::system_random());
  const std::string text = text_of(made);
  CAPTURE(text);
  unsigned passed = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == ' ' || text[at] == '\n') continue;
    std::string wrong = text;
    wrong[at] = wrong[at] == '7' ? '3' : '7';
    try {
      hf::read_recovery_key(wrong);
      ++passed;
    } catch (const hf::Error& error) {
      CHECK(error.code() == hf::ErrorCode::invalid_argument);
      CHECK(error.message().find(wrong.substr(0, 4)) == std::string::npos);
    }
  }
  CHECK(passed <= 1);  // one in 65,536 passes by chance
  CHECK_THROWS_AS(hf::read_recovery_key(text.substr(0, text.size() - 1)), hf::Error);
  CHECK_THROWS_AS(hf::read_recovery_key(text + "0"), hf::Error);
  CHECK_THROWS_AS(hf::read_recovery_key(text + "g"), hf::Error);
  CHECK_THROWS_AS(hf::read_recovery_key(""), hf::Error);
}
