#include "base/json_tree.hpp"

#include <doctest/doctest.h>

#include "support/test_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

const std::vector<std::string> kRefused = {"",
                                           "{",
                                           "{}}",
                                           "nul",
                                           "{\"a\": 1e999}",
                                           "\"\xff\"",
                                           "{\"a\": 1, \"a\": 1}",
                                           "[{\"a\": {\"b\": 1, \"b\": 2}}]",
                                           std::string(66, '[') + std::string(66, ']')};

}  // namespace

TEST_CASE("JSON that two readers can read differently is refused, with an error or without one") {
  for (const std::string& text : kRefused) {
    CAPTURE(text);
    CHECK(code_of([&] { parse_json(text, "x"); }) == ErrorCode::corrupt);
    CHECK_FALSE(try_parse_json(text).has_value());
    CHECK_FALSE(try_parse_json_object(text).has_value());
  }
  const std::string good = R"({"a": [1, -2, 0.5, "x", null, true], "b": {"a": {}}})";
  CHECK(*parse_json(good, "x") == nlohmann::json::parse(good));
  CHECK(**try_parse_json(good) == nlohmann::json::parse(good));
  CHECK((*try_parse_json_object(good))->at("a").at(1) == -2);
}

TEST_CASE("an object is told from other JSON") {
  for (const char* text : {"[]", "1", "\"{}\"", "null"}) {
    CHECK(try_parse_json(text).has_value());
    CHECK_FALSE(try_parse_json_object(text).has_value());
  }
}
