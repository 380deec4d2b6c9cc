#include "base/uri.hpp"

#include <doctest/doctest.h>

#include <cctype>
#include <clocale>
#include <string>

#include "base/ascii.hpp"

using namespace holdfast;

namespace {

/// A C locale in which bytes beyond ASCII are letters, if this machine has one.
class LatinLocale {
 public:
  LatinLocale() : before_(std::setlocale(LC_CTYPE, nullptr)) {
    for (const char* name : {"en_US.ISO-8859-1", "en_US.ISO8859-1", "en_US", "de_DE.ISO-8859-1", "de_DE@euro", "fr_FR.ISO-8859-1"})
      if (std::setlocale(LC_CTYPE, name) != nullptr && std::isalnum(0xE9) != 0) return;
  }
  LatinLocale(const LatinLocale&) = delete;
  LatinLocale& operator=(const LatinLocale&) = delete;
  ~LatinLocale() { std::setlocale(LC_CTYPE, before_.c_str()); }

 private:
  const std::string before_;
};

}  // namespace

TEST_CASE("URIs are encoded equally in every locale of the host") {
  const LatinLocale locale;
  if (std::isalnum(0xE9) == 0) MESSAGE("no ISO 8859-1 locale here: only the C locale was tried");
  CHECK(percent_encode("caf\xE9-1_a.b~ /") == "caf%E9-1_a.b~%20%2F");
  CHECK(uri_scheme("caf\xE9:x").empty());
  CHECK(uri_scheme("s3+x.y-z:x") == "s3+x.y-z");
}

TEST_CASE("letters, digits and blanks are those of ASCII") {
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const char c = static_cast<char>(byte);
    const std::string all = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const std::size_t at = all.find(c);
    CHECK(is_ascii_letter(c) == (at < 52));
    CHECK(is_ascii_digit(c) == (at != std::string::npos && at >= 52));
    CHECK(is_ascii_alnum(c) == (at != std::string::npos));
    CHECK(is_ascii_space(c) == (std::string(" \t\n\v\f\r").find(c) != std::string::npos));
  }
}
