#include "holdfast/option.hpp"

#include <doctest/doctest.h>

#include "conformance/storage_suite.hpp"
#include "holdfast/driver.hpp"

using namespace holdfast;
using namespace holdfast::testing;

namespace {

const std::vector<OptionSpec> kSpecs = {
    {.name = "folder", .calls = {DriverCall::backup, DriverCall::restore}},
    {.name = "level", .type = OptionType::integer, .default_value = "3", .calls = {DriverCall::backup}, .minimum = -5, .maximum = 5},
    {.name = "quick", .type = OptionType::boolean, .default_value = "yes"},
    {.name = "room", .type = OptionType::size, .minimum = 1024},
    {.name = "wait", .type = OptionType::duration, .default_value = "1m", .maximum = 3600},
    {.name = "mode", .type = OptionType::choice, .default_value = "warn", .choices = {"warn", "fail", "skip"}},
    {.name = "words", .type = OptionType::list},
    {.name = "token", .type = OptionType::integer, .secret = true},
};

std::string refusal(const Options& options) {
  const Error error = error_of([&] { parse_options("box", kSpecs, options); });
  CHECK(error.code() == ErrorCode::invalid_argument);
  CHECK(error.message().find('\n') == std::string::npos);
  return error.message();
}

}  // namespace

TEST_CASE("an option that is not given has its default, or the empty value without one") {
  const ParsedOptions options = parse_options("box", kSpecs, {});
  CHECK(options.text("folder").empty());
  CHECK(options.integer("level") == 3);
  CHECK(options.flag("quick"));
  CHECK(options.size("room") == 0);
  CHECK(options.duration("wait") == std::chrono::seconds(60));
  CHECK(options.text("mode") == "warn");
  CHECK(options.list("words").empty());
  CHECK_FALSE(options.given("level"));
}

TEST_CASE("each type is parsed by its rules") {
  const ParsedOptions options = parse_options("box", kSpecs,
                                              {{"folder", "/a b"},
                                               {"level", "-5"},
                                               {"quick", "off"},
                                               {"room", "2M"},
                                               {"wait", "30m5s"},
                                               {"mode", "skip"},
                                               {"words", R"(["a", "b,c", ""])"}});
  CHECK(options.text("folder") == "/a b");
  CHECK(options.integer("level") == -5);
  CHECK_FALSE(options.flag("quick"));
  CHECK(options.size("room") == 2U << 20);
  CHECK(options.duration("wait") == std::chrono::seconds(1805));
  CHECK(options.text("mode") == "skip");
  CHECK(options.list("words") == std::vector<std::string>{"a", "b,c", ""});
  CHECK(options.given("level"));
  CHECK(parse_options("box", kSpecs, {{"words", "[]"}}).given("words"));
}

TEST_CASE("a refusal names the option, the value and what is allowed") {
  CHECK(refusal({{"levle", "1"}}) == "box has no option 'levle' (known: folder, level, quick, room, wait, mode, words, token)");
  CHECK(refusal({{"level", "6"}}) == "box option level takes a whole number from -5 to 5, not '6'");
  CHECK(refusal({{"quick", "maybe"}}) == "box option quick takes yes or no, not 'maybe'");
  CHECK(refusal({{"room", "1023"}}) == "box option room takes bytes, or a number with K, M, G or T, at least 1024, not '1023'");
  CHECK(refusal({{"mode", "Warn"}}) == "box option mode takes warn, fail or skip, not 'Warn'");
  CHECK(refusal({{"words", "a"}}) == R"(box option words takes a JSON array of strings, as in ["a", "b"], not 'a')");
  CHECK(refusal({{"wait", "2h"}}).ends_with("in seconds from 0 to 3600, not '2h'"));
}

TEST_CASE("nothing is guessed: a value that is only partly of its type is refused") {
  for (const char* text : {"", "x", "1x", " 1", "1 ", "+1", "1.0", "0x1", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK(refusal({{"level", text}}).find("level takes") != std::string::npos);
    CHECK(refusal({{"room", text}}).find("room takes") != std::string::npos);
    CHECK(refusal({{"wait", text}}).find("wait takes") != std::string::npos);
  }
  for (const char* text : {"-1K", "K", "1KK", "1k", "18446744073709551615", "16777216T"})
    CHECK(refusal({{"room", text}}).find("room takes") != std::string::npos);
  for (const char* text : {"", "[1]", "[\"a\"", "{}", "null", "[[\"a\"]]"})
    CHECK(refusal({{"words", text}}).find("words takes") != std::string::npos);
  CHECK(refusal({{"mode", ""}}).find("mode takes") != std::string::npos);
}

TEST_CASE("an error shows no secret, nothing after a NUL, and only the beginning of a long text, in whole characters") {
  CHECK(refusal({{"token", "hunter2"}}).find("hunter2") == std::string::npos);
  CHECK(refusal({{"folder", std::string("a\0b", 3)}}) == "box option folder takes a text without a NUL, not 'a'");
  CHECK(refusal({{std::string("a\0b", 3), ""}}).starts_with("box has no option 'a' ("));
  std::string umlauts = "x";
  for (int i = 0; i < 100; ++i) umlauts += "ä";
  std::string whole = "x";
  for (int i = 0; i < 31; ++i) whole += "ä";
  CHECK(refusal({{"mode", umlauts}}).ends_with("not '" + whole + "…'"));
}

TEST_CASE("a call refuses an option that only another call accepts") {
  CHECK(parse_options("box", kSpecs, DriverCall::backup, {{"level", "1"}}).integer("level") == 1);
  CHECK(options_for(kSpecs, DriverCall::restore).size() == 1);
  const auto message = [](DriverCall call) { return error_of([&] { parse_options("box", kSpecs, call, {{"level", "1"}}); }).message(); };
  CHECK(message(DriverCall::restore) == "box option level is for backup, not for restore: leave it out");
  CHECK(message(DriverCall::export_to) == "box option level is for backup, not for export: leave it out");
  const auto unknown = [](DriverCall call) { return error_of([&] { parse_options("box", kSpecs, call, {{"levle", "1"}}); }).message(); };
  CHECK(unknown(DriverCall::restore) == "box has no option 'levle' (known: folder)");
  CHECK(unknown(DriverCall::verify) == "box has no option 'levle' (it has none)");
}

TEST_CASE("a choice that has yes and no takes every spelling of a boolean, and no other choice does") {
  const std::vector<OptionSpec> specs = {{.name = "ask", .type = OptionType::choice, .choices = {"probe", "yes", "no"}},
                                         {.name = "mode", .type = OptionType::choice, .choices = {"yes", "perhaps"}}};
  CHECK(parse_options("box", specs, {{"ask", "on"}}).text("ask") == "yes");
  CHECK(parse_options("box", specs, {{"ask", "0"}}).text("ask") == "no");
  CHECK(parse_options("box", specs, {{"ask", "probe"}}).text("ask") == "probe");
  CHECK(error_of([&] { parse_options("box", specs, {{"mode", "off"}}); }).code() == ErrorCode::invalid_argument);
}

TEST_CASE("a getter of another type, or of no option, is reported as a mistake") {
  const ParsedOptions options = parse_options("box", kSpecs, {});
  CHECK(error_of([&] { options.integer("quick"); }).code() == ErrorCode::internal);
  CHECK(error_of([&] { options.size("level"); }).code() == ErrorCode::internal);
  CHECK(error_of([&] { options.text("nothing"); }).code() == ErrorCode::internal);
}

TEST_CASE("the drivers' declarations are consistent: defaults are allowed, calls are named, help exists") {
  const DriverRegistry drivers = builtin_drivers();
  for (const auto& driver : drivers.all()) {
    for (const OptionSpec& spec : driver->options()) {
      CAPTURE(spec.name);
      CHECK_FALSE(spec.help.empty());
      CHECK_FALSE(spec.calls.empty());
      CHECK((spec.type == OptionType::choice) == !spec.choices.empty());
      for (const DriverCall call : spec.calls) {
        CHECK_NOTHROW(driver->check_options(call, {}));
        if (!spec.default_value.empty()) CHECK_NOTHROW(driver->check_options(call, {{spec.name, spec.default_value}}));
      }
    }
    for (const DriverCall call : {DriverCall::backup, DriverCall::restore, DriverCall::verify, DriverCall::export_to, DriverCall::doctor})
      CHECK(error_of([&] { driver->check_options(call, {{"no_such_option", "1"}}); }).code() == ErrorCode::invalid_argument);
  }
}
