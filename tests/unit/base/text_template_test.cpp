#include "base/text_template.hpp"

#include <doctest/doctest.h>

#include "holdfast/error.hpp"

namespace hf = holdfast;

namespace {

hf::TextTemplate make(std::string_view text) {
  return {text, "the title", [](std::string_view name) { return name == "a" || name == "b"; }, "a and b"};
}

}  // namespace

TEST_CASE("names are replaced by their values, and all else stays") {
  const hf::TextTemplate::Values values = {{"a", "1"}};
  CHECK(make("").render(values).empty());
  CHECK(make("no name } { {x}").render(values) == "no name } { {x}");
  CHECK(make("{{a}}{{ a }}-{{b}}.").render(values) == "11-.");
}

TEST_CASE("a value is never read as a template, and is escaped once") {
  const hf::TextTemplate::Values values = {{"a", "{{b}}"}, {"b", "secret"}};
  CHECK(make("{{a}}").render(values) == "{{b}}");
  CHECK(make("<{{a}}>").render(values, [](std::string_view value) { return "(" + std::string(value) + ")"; }) == "<({{b}})>");
}

TEST_CASE("a wrong template is refused with the names that it may use") {
  for (const char* text : {"{{", "{{a", "{{c}}", "{{}}", "{{a}}{{A}}"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(make(text), doctest::Contains("a and b"), hf::Error);
  }
}
