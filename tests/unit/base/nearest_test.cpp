#include "base/nearest.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace holdfast;

TEST_CASE("the nearest word is one with few wrong, missing, further or swapped letters; otherwise there is none") {
  constexpr std::array<std::string_view, 4> words = {"retention", "repository", "main", "a"};
  CHECK(nearest("retension", words) == "retention");
  CHECK(nearest("repositry", words) == "repository");
  CHECK(nearest("repositoryy", words) == "repository");
  CHECK(nearest("mian", words) == "main");
  CHECK(nearest("main", words) == "main");
  CHECK(nearest("b", words) == "a");
  CHECK_FALSE(nearest("mill", words));
  CHECK_FALSE(nearest("zzzzzzzzzz", words));
  CHECK_FALSE(nearest(std::string(10'000, 'a'), words));
  CHECK_FALSE(nearest("main", {}));
  CHECK(suggestion("mian", words) == "; did you mean main?");
  CHECK(suggestion("zzzzzzzzzz", words).empty());
}
