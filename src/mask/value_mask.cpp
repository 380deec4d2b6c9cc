#include "mask/value_mask.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "mask/names.hpp"

namespace holdfast::masking {

namespace {

bool is_one_of(MaskType type, std::initializer_list<MaskType> types) { return std::ranges::find(types, type) != types.end(); }

bool takes_type(RuleKind kind, MaskType type) {
  switch (kind) {
    case RuleKind::keep:
    case RuleKind::null:
    case RuleKind::fixed:
    case RuleKind::shuffle: return true;
    case RuleKind::hash: return is_one_of(type, {MaskType::text, MaskType::uuid, MaskType::bytea});
    case RuleKind::pseudonym: return is_one_of(type, {MaskType::text, MaskType::uuid, MaskType::bytea, MaskType::integer});
    case RuleKind::digits: return is_one_of(type, {MaskType::text, MaskType::integer, MaskType::numeric});
    case RuleKind::date_shift: return is_one_of(type, {MaskType::date, MaskType::timestamp});
    case RuleKind::json: return type == MaskType::json;
    case RuleKind::email:
    case RuleKind::name:
    case RuleKind::phone:
    case RuleKind::truncate:
    case RuleKind::regex: return type == MaskType::text;
  }
  return false;
}

// The most characters that the rule writes; 0 = as many as the value has, or fewer.
std::size_t longest(const Rule& rule) {
  switch (rule.kind) {
    case RuleKind::fixed: return rule.text.size();
    case RuleKind::hash: return rule.number;
    case RuleKind::pseudonym: return rule.text.size() + rule.number;
    case RuleKind::email: return kEmailCharacters + 1 + rule.text.size();
    case RuleKind::name:
      return rule.text == "first" ? kLongestFirstName : rule.text == "last" ? kLongestLastName : kLongestFirstName + 1 + kLongestLastName;
    default: return 0;
  }
}

bool is_number(std::string_view text, bool decimals) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  const auto digits = [](std::string_view part) { return !part.empty() && std::ranges::all_of(part, is_ascii_digit); };
  return digits(text.substr(0, point)) && (point == text.size() || (decimals && digits(text.substr(point + 1))));
}

bool is_below(std::string_view digits, std::uint64_t most) {
  if (digits.starts_with('-')) digits.remove_prefix(1);
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
  const std::string limit = std::to_string(most);
  return digits.size() < limit.size() || (digits.size() == limit.size() && digits <= limit);
}

// The form YYYY-MM-DD, and a time after it if the type has one. The source reads the rest.
bool is_date(std::string_view text, bool with_time) {
  constexpr std::string_view kForm = "0000-00-00";
  if (text.size() < kForm.size() || (!with_time && text.size() > kForm.size())) return false;
  for (std::size_t at = 0; at < kForm.size(); ++at) {
    if (kForm[at] == '-' ? text[at] != '-' : !is_ascii_digit(text[at])) return false;
  }
  return text.size() == kForm.size() || text[kForm.size()] == ' ';
}

bool is_uuid(std::string_view text) {
  constexpr std::string_view kForm = "00000000-0000-0000-0000-000000000000";
  if (text.size() != kForm.size()) return false;
  for (std::size_t at = 0; at < kForm.size(); ++at) {
    const char c = ascii_lower(text[at]);
    if (kForm[at] == '-' ? c != '-' : !is_ascii_digit(c) && (c < 'a' || c > 'f')) return false;
  }
  return true;
}

// Returns whether a fixed value has the form that the type takes. For types that are not listed the source decides.
bool has_form(const std::string& value, const MaskColumn& column) {
  switch (column.type) {
    case MaskType::integer: return is_number(value, false) && is_below(value, column.most);
    case MaskType::numeric:
    case MaskType::floating: return is_number(value, true);
    case MaskType::boolean: return value == "t" || value == "f" || value == "true" || value == "false";
    case MaskType::date: return is_date(value, false);
    case MaskType::timestamp: return is_date(value, true);
    case MaskType::uuid: return is_uuid(value);
    case MaskType::json: return value == "{}" || value == "[]" || value == "null" || is_number(value, true);
    case MaskType::bytea: {
      Bytes ignored(value.size());
      return value.starts_with("\\x") && read_hex(std::string_view(value).substr(2), ignored.data());
    }
    default: return column.labels.empty() || std::ranges::find(column.labels, value) != column.labels.end();
  }
}

}  // namespace

std::string misfit(const Rule& rule, const MaskColumn& column) {
  const std::string type = "its type " + column.type_name;
  if (rule.kind == RuleKind::keep) return "";
  if (column.generated) return "it is generated from other columns: mask those";
  if (rule.kind == RuleKind::null && !column.nullable) return "it can't be null: use fixed or another rule";
  if (!takes_type(rule.kind, column.type)) return "rule " + std::string(to_string(rule.kind)) + " can't be used for " + type;
  if (rule.kind == RuleKind::fixed && !has_form(rule.text, column)) return "the fixed value does not fit " + type;
  if (column.type == MaskType::text && column.most != 0 && longest(rule) > column.most) {
    return "the rule writes up to " + std::to_string(longest(rule)) + " characters, " + type + " has room for " +
           std::to_string(column.most);
  }
  return "";
}

bool keeps_different(const Rule& rule, const MaskColumn& column) {
  constexpr std::uint64_t kSureDigits = 20, kSureCharacters = 16;  // 80 bits: equal ones are out of the question
  switch (rule.kind) {
    case RuleKind::keep:
    case RuleKind::email: return true;
    case RuleKind::hash: return column.type != MaskType::text || rule.number >= kSureDigits;
    case RuleKind::pseudonym: return column.type != MaskType::text || rule.number >= kSureCharacters;
    case RuleKind::digits: return column.type == MaskType::integer || (column.type == MaskType::text && !column.folded && !column.padded);
    case RuleKind::phone: return !column.folded && !column.padded;
    default: return false;
  }
}

std::unique_ptr<ValueMask> make_value_mask(const Rule& rule, const MaskColumn& column, const Secret& key, bool utf8) {
  switch (rule.kind) {
    case RuleKind::digits:
    case RuleKind::phone: return make_digits_mask(rule, column, key);
    case RuleKind::date_shift: return make_date_mask(rule, key);
    case RuleKind::json: return make_json_mask(rule, key, utf8);
    case RuleKind::pseudonym:
      if (column.type == MaskType::integer) return make_digits_mask(rule, column, key);
      [[fallthrough]];
    default: return make_text_mask(rule, column, key, utf8);
  }
}

}  // namespace holdfast::masking
