#include "mask/value_mask.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/ascii.hpp"
#include "base/civil_date.hpp"
#include "holdfast/error.hpp"

using namespace holdfast;
using namespace holdfast::masking;

namespace {

const Secret kKey(std::string_view("0123456789abcdef0123456789abcdef"));
const Secret kOtherKey(std::string_view("another key, of as many bytes...."));
constexpr std::uint64_t kInt4 = 2147483647;

Rule rule_of(const std::string& text) {
  return parse_rules("version: 1\ntables:\n  s.t:\n    columns:\n      c: " + text + "\n", "rules").tables[0].columns[0].second;
}

std::string masked(const std::string& rule, const MaskColumn& column, std::string_view raw, const Secret& key = kKey,
                   std::string_view subject = "") {
  const Rule parsed = rule_of(rule);
  REQUIRE(misfit(parsed, column) == "");
  std::string out = "|";
  return make_value_mask(parsed, column, key, true)->apply(raw, subject, out) ? out.substr(1) : "NULL";
}

const MaskColumn kText{.name = "c", .type_name = "text", .type = MaskType::text};
const MaskColumn kInteger{.name = "c", .type_name = "integer", .type = MaskType::integer, .most = kInt4};
const MaskColumn kNumeric{.name = "c", .type_name = "numeric", .type = MaskType::numeric};
const MaskColumn kDate{.name = "c", .type_name = "date", .type = MaskType::date};
const MaskColumn kJson{.name = "c", .type_name = "jsonb", .type = MaskType::json};
const MaskColumn kUuid{.name = "c", .type_name = "uuid", .type = MaskType::uuid};
const MaskColumn kBytea{.name = "c", .type_name = "bytea", .type = MaskType::bytea};

std::string form_of(std::string text) {
  for (char& c : text) {
    if (is_ascii_digit(c)) c = '0';
  }
  return text;
}

}  // namespace

TEST_CASE("masked values: each rule gives what its name promises") {
  CHECK(masked("null", kText, "raw") == "NULL");
  CHECK(masked("{rule: fixed, value: x}", kText, "raw") == "x");
  CHECK(masked("hash", kText, "raw").size() == 32);
  CHECK(masked("{rule: pseudonym, prefix: u-, length: 8}", kText, "raw").size() == 10);
  CHECK(masked("email", kText, "ann@corp.com").ends_with("@example.com"));
  CHECK(masked("{rule: truncate, length: 2}", kText, "äöü") == "äö");
  CHECK(masked("{rule: truncate, length: 0}", kText, "raw").empty());
  CHECK(masked("{rule: regex, pattern: '\\d', replacement: '#'}", kText, "a1b22") == "a#b##");
  CHECK(masked("{rule: phone, keep: 2}", kText, "+49 (30) 123-456").starts_with("+49 ("));
  CHECK(form_of(masked("phone", kText, "+49 (30) 123-456")) == "+00 (00) 000-000");
  CHECK(masked("pseudonym", kUuid, "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b").size() == 36);
  CHECK(masked("hash", kBytea, "\\x00ff").starts_with("\\x"));
  const std::string name = masked("name", kText, "Grace Hopper");
  CHECK(name.find(' ') != std::string::npos);
  CHECK(masked("digits", kNumeric, "NaN") == "NaN");
  CHECK(masked("digits", kNumeric, "0.50").starts_with("0."));
}

TEST_CASE("masked values: equal values stay equal, different keys and scopes give different values") {
  for (const std::string rule : {"hash", "pseudonym", "digits", "email", "phone", "{rule: name, part: full}"}) {
    CAPTURE(rule);
    constexpr std::string_view kRaw = "+1 555 0199 8872 3341";
    CHECK(masked(rule, kText, kRaw) == masked(rule, kText, kRaw));
    CHECK(masked(rule, kText, kRaw) != kRaw);
    if (rule.find("name") == std::string::npos) CHECK(masked(rule, kText, kRaw) != masked(rule, kText, kRaw, kOtherKey));
  }
  CHECK(masked("hash", kText, "a") != masked("{rule: hash, scope: x}", kText, "a"));
  CHECK(masked("digits", kText, "12345678") != masked("{rule: digits, scope: x}", kText, "12345678"));
}

TEST_CASE("masked values: a version gives the values of earlier ones, so that masked databases fit") {
  CHECK(masked("hash", kText, "raw") == "67845892f768c897978e88e0a75ea87b");
  CHECK(masked("pseudonym", kText, "raw") == "itexnqlcwqdcjgvl");
  CHECK(masked("pseudonym", kUuid, "00112233-4455-6677-8899-aabbccddeeff") == "f3ed92ed-0a8e-8e59-b698-b89ae7909fda");
  CHECK(masked("hash", kBytea, "\\x00") == "\\x5fe458cd734936a2b1c500a352c04567");
  CHECK(masked("email", kText, "ann@corp.com") == "sb7l2hzc2lpmf2vh@example.com");
  CHECK(masked("name", kText, "raw") == "Ada Heller");
  CHECK(masked("digits", kText, "4111-1111-1111-1111") == "0198-0193-6214-4873");
  CHECK(masked("digits", kInteger, "-123456") == "-427283");
  CHECK(masked("digits", kNumeric, "1234.50") == "6096.17");
  CHECK(masked("phone", kText, "+49 30 1234567") == "+49 30 3482069");
  CHECK(masked("{rule: date_shift, by: id}", kDate, "2024-02-29", kKey, "7") == "2024-03-03");
}

TEST_CASE("masked values: what the source takes as equal stays equal") {
  const MaskColumn folded{.name = "c", .type_name = "citext", .type = MaskType::text, .folded = true};
  const MaskColumn padded{.name = "c", .type_name = "character(8)", .type = MaskType::text, .padded = true};
  CHECK(masked("hash", folded, "Ann") == masked("hash", folded, "aNN"));
  CHECK(masked("hash", padded, "ann     ") == masked("hash", padded, "ann"));
  CHECK(masked("hash", kText, "Ann") != masked("hash", kText, "ann"));
}

TEST_CASE("masked values: digits are exchanged one to one, in their form") {
  const auto all_differ = [](const MaskColumn& column, const std::string& rule, int digits) {
    std::set<std::string> results;
    int count = 1;
    for (int at = 0; at < digits; ++at) count *= 10;
    const Rule parsed = rule_of(rule);
    const auto mask = make_value_mask(parsed, column, kKey, true);
    int numbers = 0;
    for (int number = 0; number < count; ++number) {
      std::string raw = fmt::format("{:0{}}", number, digits);
      if (column.type == MaskType::integer && digits > 1 && raw[0] == '0') continue;
      std::string out;
      mask->apply(raw, "", out);
      CHECK(out.size() == raw.size());
      CHECK(!(column.type == MaskType::integer && digits > 1 && out[0] == '0'));
      results.insert(out);
      ++numbers;
    }
    CHECK(static_cast<int>(results.size()) == numbers);
  };
  for (const int digits : {1, 2, 3, 4}) {
    all_differ(kText, "digits", digits);
    all_differ(kInteger, "digits", digits);
    all_differ(kInteger, "pseudonym", digits);
  }
}

TEST_CASE("masked values: a number never leaves its type, and no two become equal") {
  const MaskColumn small{.name = "c", .type_name = "smallint", .type = MaskType::integer, .most = 32767};
  const auto mask = make_value_mask(rule_of("digits"), small, kKey, true);
  std::set<int> results;
  for (int number = -32768; number <= 32767; ++number) {
    std::string out;
    mask->apply(std::to_string(number), "", out);
    const int value = std::stoi(out);
    REQUIRE((value >= -32768 && value <= 32767));
    REQUIRE((value < 0) == (number < 0));  // -0 would be 0
    results.insert(value);
  }
  CHECK(results.size() == 65536);
  CHECK(std::stoll(masked("digits", kInteger, "-2147483648")) >= -2147483648LL);
  const MaskColumn big{.name = "c", .type_name = "bigint", .type = MaskType::integer, .most = 9223372036854775807ULL};
  CHECK_NOTHROW(std::stoll(masked("digits", big, "9223372036854775807")));
}

TEST_CASE("masked values: many at once become what each becomes alone, new or seen before") {
  const MaskColumn small{.name = "c", .type_name = "smallint", .type = MaskType::integer, .most = 32767};
  std::vector<std::string> texts{"", "no digits", "7", "-0.5", "NaN", std::string(300, '3')},
      numbers{"NaN", "-Infinity", "-1", "0", "0.50"};
  std::vector<std::string> integers{"0", "-1", "-32768", "32767"};
  for (int number = 1; number < 400; ++number) {
    const int value = number * 7919 % 20'000 - 10'000;
    texts.push_back(fmt::format("+{} ({}) x{}", number, value, std::string(static_cast<std::size_t>(number % 80), '4')));
    numbers.push_back(fmt::format("{}.{:02}", value, number % 100));
    integers.push_back(fmt::format("{}", value % 300));
  }
  const auto same = [](const std::string& rule, const MaskColumn& column, const std::vector<std::string>& values) {
    const Rule parsed = rule_of(rule);
    const auto mask = make_value_mask(parsed, column, kKey, true);
    for (std::size_t begin = 0, count = 1; begin < values.size(); begin += count) {
      count = std::min(2 * count, values.size() - begin);
      std::vector<RawValue> some;
      for (std::size_t at = begin; at < begin + count; ++at) some.push_back({values[at], "subject"});
      MaskedValues out;
      mask->apply_all(some, out);
      for (const RawValue& value : some) {
        CAPTURE(rule);
        CAPTURE(value.raw);
        REQUIRE(out.take().value_or("NULL") == masked(rule, column, value.raw, kKey, "subject"));
      }
    }
  };
  for (const std::string rule : {"digits", "phone", "{rule: phone, keep: 9}", "hash", "null", "name"}) same(rule, kText, texts);
  same("digits", kNumeric, numbers);
  same("digits", small, integers);
}

TEST_CASE("masked values: long texts of digits are exchanged in every block") {
  const std::string raw(100, '7');
  const std::string out = masked("digits", kText, raw);
  CHECK(out.size() == raw.size());
  CHECK(out.substr(0, 36) != raw.substr(0, 36));
  CHECK(out.substr(36, 36) != out.substr(0, 36));
  CHECK(out.substr(72) != raw.substr(72));
}

TEST_CASE("masked values: one subject's dates keep their distance, other subjects have other shifts") {
  const std::string rule = "{rule: date_shift, by: id, days: 30}";
  const auto days_of = [](const std::string& text) {
    return days_since_2000({std::stol(text.substr(0, 4)), std::stol(text.substr(5, 2)), std::stol(text.substr(8, 2))});
  };
  const auto moved = [&](const std::string& text, const std::string& subject) {
    return days_of(masked(rule, kDate, text, kKey, subject)) - days_of(text);
  };
  std::set<std::int64_t> shifts;
  for (int subject = 0; subject < 200; ++subject) {
    const std::string name = std::to_string(subject);
    const std::int64_t shift = moved("2024-02-29", name);
    CHECK(shift == moved("1999-12-31", name));
    CHECK(shift != 0);
    CHECK(std::abs(shift) <= 30);
    shifts.insert(shift);
  }
  CHECK(shifts.size() > 30);
  CHECK(masked(rule, kDate, "infinity", kKey, "1") == "infinity");
  const MaskColumn time{.name = "c", .type_name = "timestamp", .type = MaskType::timestamp};
  CHECK(masked(rule, time, "2024-02-29 12:34:56.7+00", kKey, "1").ends_with(" 12:34:56.7+00"));
  CHECK(masked(rule, kDate, "0001-01-01 BC", kKey, "1").size() >= 10);
  CHECK(masked(rule, kDate, "99999-06-15", kKey, "1").starts_with("99999-"));
  CHECK_THROWS_AS(masked(rule, kDate, "yesterday", kKey, "1"), Error);
}

TEST_CASE("civil dates: every day of 800 years, and far ones, come back") {
  for (std::int64_t day = -146'097; day <= 146'097; ++day) {
    const CivilDate date = civil_date(day);
    REQUIRE(days_since_2000(date) == day);
    REQUIRE((date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31));
  }
  for (const std::int64_t day : {-2'451'507LL, 106'751'982LL, 2'145'031'948LL}) CHECK(days_since_2000(civil_date(day)) == day);
}

TEST_CASE("masked JSON: only the named places change") {
  const std::string rule = "{rule: json, paths: {$.a: {rule: fixed, value: x}, $.l.*.n: digits, $.o: null, $.s: hash, $.s.k: keep}}";
  CHECK(masked(rule, kJson, R"({"b": 1.50e3, "a" : "raw", "l":[{"n":"12-34","m":"raw"},{"n":9}], "o":{"p":["raw"]}})").find("raw") !=
        std::string::npos);
  CHECK(masked("{rule: json, paths: {$.a: {rule: fixed, value: x}}}", kJson, R"({"b": 1.50e3, "a" : "raw\"\\", "c":[true,null]})") ==
        R"({"b": 1.50e3, "a" : "x", "c":[true,null]})");
  CHECK(masked("{rule: json, paths: {$.o: null}}", kJson, R"({"o":{"p":["r}a]w"],"q":1},"z":2})") == R"({"o":null,"z":2})");
  CHECK(masked("{rule: json, paths: {\"$.*\": {rule: truncate, length: 1}}}", kJson, R"([ "ab", {"k":"cd"}, 12, true, null ])") ==
        R"([ "a", {"k":"c"}, "1", "t", null ])");
  CHECK(masked("{rule: json, paths: {$.k: {rule: truncate, length: 1}, $.k.keep: keep}}", kJson, R"({"k":{"keep":"ab","x":"ab"}})") ==
        R"({"k":{"keep":"ab","x":"a"}})");
  CHECK(masked("{rule: json, paths: {$.ä: {rule: fixed, value: x}}}", kJson, R"({"\u00e4":"raw"})") == R"({"\u00e4":"x"})");
  CHECK(masked("{rule: json, paths: {$.k: {rule: regex, pattern: a, replacement: b}}}", kJson, R"({"k":"\ud83d\ude00a\n\""})") ==
        "{\"k\":\"\xF0\x9F\x98\x80"
        R"(b\u000a\""})");
  CHECK(form_of(masked("{rule: json, paths: {$.k: digits}}", kJson, R"({"k":1234})")) == R"({"k":0000})");
  CHECK_THROWS_AS(masked("{rule: json, paths: {$.k: digits}}", kJson, R"({"k":)"), Error);
  CHECK_THROWS_AS(masked("{rule: json, paths: {$.k: digits}}", kJson, std::string(5000, '[')), Error);
}

TEST_CASE("a rule that does not fit the column's type is named beforehand") {
  const auto why = [](const std::string& rule, const MaskColumn& column) { return misfit(rule_of(rule), column); };
  CHECK(why("email", kInteger) == "rule email can't be used for its type integer");
  CHECK(why("digits", kDate).starts_with("rule digits"));
  CHECK(why("{rule: fixed, value: x}", kInteger) == "the fixed value does not fit its type integer");
  CHECK(why("{rule: fixed, value: '2147483648'}", kInteger) != "");
  CHECK(why("{rule: fixed, value: '-7'}", kInteger).empty());
  CHECK(why("{rule: fixed, value: 2024-13}", kDate) != "");
  CHECK(why("{rule: fixed, value: 2024-01-31}", kDate).empty());
  CHECK(why("{rule: fixed, value: x}", {.type = MaskType::other, .labels = {"a"}}) != "");
  CHECK(why("{rule: fixed, value: a}", {.type = MaskType::other, .labels = {"a"}}).empty());
  CHECK(why("null", {.type_name = "text", .type = MaskType::text, .nullable = false}).starts_with("it can't be null"));
  CHECK(why("hash", {.type_name = "text", .type = MaskType::text, .generated = true}).starts_with("it is generated"));
  CHECK(why("email", {.type_name = "character varying(20)", .type = MaskType::text, .most = 20}) ==
        "the rule writes up to 28 characters, its type character varying(20) has room for 20");
}
