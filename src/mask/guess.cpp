#include "mask/guess.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "base/json_tree.hpp"

namespace holdfast::masking {

namespace {

// A kind of personal data: the names that columns have for it, and the form of its values.
struct PersonalData {
  RuleKind rule;
  const char* what;
  const char* names;        // matches a column's name in small letters, with _ between words
  const char* values = "";  // matches values; empty = they have no form of their own
  const char* text = "";    // of the rule
};

constexpr std::array<PersonalData, 13> kPersonalData = {{
    {RuleKind::email, "an e-mail address", "e_?mail|(^|_)mail($|_)", R"(^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$)"},
    {RuleKind::digits, "a card or account number",
     "iban|card_?(no|num)|account_?(no|num)|(^|_)(ssn|pan)($|_)|social_?sec|tax_?id|passport|licen[cs]e_?no",
     R"(^([0-9][ -]?){13,19}$|^[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?$|^[0-9]{3}-[0-9]{2}-[0-9]{4}$)"},
    {RuleKind::phone, "a phone number", "phone|mobile|(^|_)(fax|tel|cell)($|_)", R"(^(\+|\(|0)[0-9 ()./-]{6,20}$)"},
    {RuleKind::name, "a first name", "(first|given|fore)_?name", "", "first"},
    {RuleKind::name, "a last name", "(last|family|sur)_?name", "", "last"},
    {RuleKind::name, "a person's name", "(full|real|display|contact|person|holder|owner)_?name"},
    {RuleKind::pseudonym, "a login", "(user|login|nick|screen)_?name|(^|_)(login|nick|handle)($|_)"},
    {RuleKind::hash, "a secret", "passw|token|secret|api_?key|(^|_)pwd($|_)|_hash$"},
    {RuleKind::pseudonym, "an address", "street|address|(^|_)(city|town|addr)($|_)"},
    {RuleKind::digits, "a postal code", "(^|_)(zip|postal|postcode|plz)($|_|_?code)"},
    {RuleKind::digits, "an IP address", "(^|_)(ip|remote_addr)($|_)|ip_addr", R"(^[0-9]{1,3}(\.[0-9]{1,3}){3}$)"},
    {RuleKind::digits, "a sum of money", "salary|income|wage|bonus"},
    {RuleKind::fixed, "free text", "(^|_)(notes?|comments?|remarks?|message|body|bio|about)($|_)", "", "(masked)"},
}};

// Writes FirstName and firstName as first_name.
std::string words_of(const std::string& name) {
  std::string words;
  for (std::size_t at = 0; at < name.size(); ++at) {
    const bool upper = name[at] >= 'A' && name[at] <= 'Z';
    const bool after_lower = at > 0 && name[at - 1] >= 'a' && name[at - 1] <= 'z';
    if (upper && after_lower) words += '_';
    words += name[at] == '-' || name[at] == ' ' ? '_' : ascii_lower(name[at]);
  }
  return words;
}

// Returns percent.
std::size_t share_of(const std::vector<std::string>& samples, const char* pattern) {
  if (samples.empty() || *pattern == '\0') return 0;
  const RE2 form(pattern, RE2::Quiet);
  const auto matching = std::ranges::count_if(samples, [&](const std::string& value) { return RE2::PartialMatch(value, form); });
  return static_cast<std::size_t>(matching) * 100 / samples.size();
}

Rule rule_for(RuleKind kind, const std::string& text) {
  Rule rule{.kind = kind, .text = text};
  if (kind == RuleKind::email) rule.text = "example.com";
  if (kind == RuleKind::name && text.empty()) rule.text = "full";
  if (kind == RuleKind::hash) rule.number = 32;
  if (kind == RuleKind::pseudonym) rule.number = 16;
  if (kind == RuleKind::phone) rule.number = 2;
  if (kind == RuleKind::date_shift) rule.number = 30;
  return rule;
}

std::optional<Guess> by_name_and_values(const std::string& name, const std::vector<std::string>& samples) {
  constexpr std::size_t kMost = 60;  // percent
  for (const PersonalData& data : kPersonalData) {
    const std::size_t share = share_of(samples, data.values);
    const bool named = RE2::PartialMatch(name, RE2(data.names, RE2::Quiet));
    if (!named && share < kMost) continue;
    std::string why = std::string(named ? "its name tells of " : "its values look like ") + data.what;
    if (share != 0) why += ": " + std::to_string(share) + " % of " + std::to_string(samples.size()) + " samples";
    return Guess{rule_for(data.rule, data.text), why};
  }
  return std::nullopt;
}

bool is_about_people(const std::string& table) {
  static const char* const kPeople =
      "customer|user|person|people|employee|patient|contact|member|author|client|student|staff|guest|subscriber";
  return RE2::PartialMatch(words_of(table), kPeople);
}

// Collects what members of documents seem to be, by path; elements of lists as *.
void look_into(const nlohmann::json& value, const std::string& path, const std::string& name,
               std::vector<std::pair<std::string, Rule>>& found) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      if (key.find('.') == std::string::npos) look_into(member, path + "." + key, words_of(key), found);
    }
  } else if (value.is_array()) {
    for (const nlohmann::json& element : value) look_into(element, path + ".*", name, found);
  } else if (value.is_string() && path != "$") {
    const std::optional<Guess> guess = by_name_and_values(name, {value.get<std::string>()});
    if (!guess || std::ranges::find(found, path, &std::pair<std::string, Rule>::first) != found.end()) return;
    found.emplace_back(path, guess->rule);
  }
}

std::optional<Guess> guess_json(const std::vector<std::string>& samples) {
  Guess guess{{.kind = RuleKind::json}, "members of its documents look personal"};
  for (const std::string& sample : samples) {
    if (const std::optional<JsonTree> tree = try_parse_json(sample)) look_into(**tree, "$", "", guess.rule.paths);
  }
  if (guess.rule.paths.empty()) return std::nullopt;
  return guess;
}

}  // namespace

std::optional<Guess> guess_rule(const std::string& table, const MaskColumn& column, const std::vector<std::string>& samples) {
  const std::string name = words_of(column.name);
  switch (column.type) {
    case MaskType::json: return guess_json(samples);
    case MaskType::date:
    case MaskType::timestamp:
      if (!RE2::PartialMatch(name, "birth|(^|_)(born|dob)($|_)|death")) return std::nullopt;
      return Guess{rule_for(RuleKind::date_shift, ""), "its name tells of a date of a person's life"};
    case MaskType::text: {
      if (name == "name" && is_about_people(table)) return Guess{rule_for(RuleKind::name, "full"), "a name in a table about people"};
      return by_name_and_values(name, samples);
    }
    case MaskType::integer:
    case MaskType::numeric: {
      std::optional<Guess> guess = by_name_and_values(name, {});
      if (!guess || guess->rule.kind != RuleKind::digits) return std::nullopt;
      return guess;
    }
    default: return std::nullopt;
  }
}

}  // namespace holdfast::masking
