#include "base/words.hpp"

#include <doctest/doctest.h>

#include "base/subprocess.hpp"
#include "holdfast/error.hpp"

namespace hf = holdfast;
using Words = std::vector<std::string>;

TEST_CASE("words are split like a shell does for quotes and backslashes") {
  CHECK(hf::split_words("pg_dump  -d\tshop ") == Words{"pg_dump", "-d", "shop"});
  CHECK(hf::split_words(R"(a 'b c' "d e" f\ g)") == Words{"a", "b c", "d e", "f g"});
  CHECK(hf::split_words(R"(x'y'"z" '' "")") == Words{"xyz", "", ""});
  CHECK(hf::split_words(R"("\"\\\$" "\n" 'a\b')") == Words{"\"\\$", "\\n", "a\\b"});
}

TEST_CASE("nothing is expanded") { CHECK(hf::split_words("echo $HOME ~ *") == Words{"echo", "$HOME", "~", "*"}); }

TEST_CASE("an operator that only a shell knows is refused, but harmless in quotes") {
  for (const std::string line : {"a | b", "a;b", "a > f", "a < f", "a & ", "(a)", "a `b`", "a\nb"}) {
    CAPTURE(line);
    CHECK_THROWS_WITH_AS(hf::split_words(line), doctest::Contains("sh -c"), hf::Error);
  }
  CHECK(hf::split_words("sh -c 'a | b; c > d'") == Words{"sh", "-c", "a | b; c > d"});
}

TEST_CASE("an unfinished or empty command line is an error") {
  for (const std::string line : {"", "  ", "a 'b", "a \"b", "a \\", "a \"b\\"}) {
    CAPTURE(line);
    CHECK_THROWS_AS(hf::split_words(line), hf::Error);
  }
}

TEST_CASE("a word quoted for a shell is that word for a shell") {
  const std::string word = "it's $(x) `y` \"z\" \\ | ;\n*";
  const hf::CommandResult result = hf::run_command({.argv = {"/bin/sh", "-c", "printf %s " + hf::quote_shell(word)}}, hf::Context());
  CHECK(result.output == word);
  CHECK(hf::quote_shell("") == "''");
}

TEST_CASE("quoted words are read back unchanged") {
  const Words words{"sh", "-c", "it's; \"x\" | $y\n\\", "", "--a=b", "é ü"};
  CHECK(hf::split_words(hf::quote_words(words)) == words);
}
