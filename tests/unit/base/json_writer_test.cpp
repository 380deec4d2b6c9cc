// JSON as text: documents have the bytes that nlohmann-json writes for a tree, on which stored hashes depend.

#include "base/json_writer.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "support/test_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;
using Tree = nlohmann::ordered_json;

namespace {

void write_tree(JsonWriter& out, const Tree& tree) {
  switch (tree.type()) {
    case Tree::value_t::object:
      out.begin_object();
      for (const auto& [name, value] : tree.items()) {
        out.key(name);
        write_tree(out, value);
      }
      return out.end_object();
    case Tree::value_t::array:
      out.begin_array();
      for (const Tree& value : tree) write_tree(out, value);
      return out.end_array();
    case Tree::value_t::string: return out.value(tree.get_ref<const std::string&>());
    case Tree::value_t::boolean: return out.value(tree.get<bool>());
    case Tree::value_t::number_unsigned: return out.value(tree.get<std::uint64_t>());
    case Tree::value_t::number_integer: return out.value(tree.get<std::int64_t>());
    case Tree::value_t::number_float: return out.value(tree.get<double>());
    default: return out.null();
  }
}

std::string written(const Tree& tree, JsonForm form) {
  JsonWriter out(form);
  write_tree(out, tree);
  return std::move(out).text();
}

std::string every_character() {
  std::string text;
  for (char c = 0; c < 127; ++c) text += c;
  return text + "\x7f\u0080\u00fc\u65e5\U0001f600";
}

}  // namespace

TEST_CASE("each form has the bytes of nlohmann-json") {
  const std::vector<Tree> trees = {
      Tree::object(),
      Tree::array(),
      {{"z", 1}, {"a", "x"}, {"empty", Tree::object()}, {"none", Tree::array()}},
      Tree::array({Tree::array(), Tree::object(), Tree::array({Tree::array({1})}), Tree::object({{"a", Tree::array({Tree::object()})}})}),
      {{every_character(), every_character()}, {"", ""}, {"\"\\/\b\f\n\r\t", Tree::array({"", "\x01", "plain"})}},
      Tree::array(
          {0, std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::int64_t>::min(), -1, 0.5, 1e300, true, false, nullptr}),
      {{"a", {{"b", {{"c", {{"d", Tree::array({{{"e", 1}}, {{"e", 2}}})}}}}}}}, {"f", 2}},
      "text",
      7U,
  };
  for (const Tree& tree : trees) {
    CHECK(written(tree, JsonForm::document) == tree.dump(1));
    CHECK(written(tree, JsonForm::line) == tree.dump());
  }
}

TEST_CASE("a document refuses text that is not UTF-8, a line replaces it") {
  for (const char* text : {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80"}) {
    CHECK(code_of([&] { JsonWriter(JsonForm::document).value(text); }) == ErrorCode::invalid_argument);
    CHECK(code_of([&] { JsonWriter(JsonForm::document).key(text); }) == ErrorCode::invalid_argument);
    JsonWriter line;
    line.value(text);
    CHECK(line.text().find("\xef\xbf\xbd") != std::string::npos);
  }
}
