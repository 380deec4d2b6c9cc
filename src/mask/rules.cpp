#include "mask/rules.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "holdfast/error.hpp"

namespace holdfast::masking {

namespace {

constexpr std::uint64_t kMostChosen = 10'000'000, kLargestBlock = 100'000;  // rows; both are in memory

struct KindOfRule {
  RuleKind kind;
  std::string_view name;
  std::array<std::string_view, 3> parameters{};
  std::string_view required;  // a parameter without default
};

constexpr std::array<KindOfRule, 14> kKinds = {{{RuleKind::keep, "keep", {}, ""},
                                                {RuleKind::null, "null", {}, ""},
                                                {RuleKind::fixed, "fixed", {"value"}, "value"},
                                                {RuleKind::hash, "hash", {"length", "scope"}, ""},
                                                {RuleKind::pseudonym, "pseudonym", {"prefix", "length", "scope"}, ""},
                                                {RuleKind::digits, "digits", {"scope"}, ""},
                                                {RuleKind::email, "email", {"host", "scope"}, ""},
                                                {RuleKind::name, "name", {"part", "scope"}, ""},
                                                {RuleKind::phone, "phone", {"keep", "scope"}, ""},
                                                {RuleKind::date_shift, "date_shift", {"by", "days", "scope"}, "by"},
                                                {RuleKind::truncate, "truncate", {"length"}, "length"},
                                                {RuleKind::regex, "regex", {"pattern", "replacement"}, "pattern"},
                                                {RuleKind::json, "json", {"paths"}, "paths"},
                                                {RuleKind::shuffle, "shuffle", {"block", "scope"}, ""}}};

const KindOfRule& about(RuleKind kind) { return *std::ranges::find(kKinds, kind, &KindOfRule::kind); }

template <typename Names>
std::string listed(const Names& names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!name.empty()) text += (text.empty() ? "" : ", ") + std::string(name);
  }
  return text;
}

std::string kind_names() {
  std::string text;
  for (const KindOfRule& kind : kKinds) text += (text.empty() ? "" : ", ") + std::string(kind.name);
  return text;
}

class RuleParser {
 public:
  explicit RuleParser(const std::string& name) : name_(name) {}

  RuleSet parse(std::string_view text) const {
    std::vector<YamlFault> faults;
    const YamlNode root = parse_yaml(text, faults);
    if (!faults.empty()) fail(faults.front().place, faults.front().what);
    RuleSet rules;
    rules.name = name_;
    bool versioned = false;
    for (const auto& [key, value] : members(root, "the rules")) {
      if (key.text == "version") {
        if (scalar(value) != "1") fail(value.place, "this version of the rules is unknown: use 1");
        versioned = true;
      } else if (key.text == "strict") {
        rules.strict = one_of(value, {"no", "yes"}) == 1;
      } else if (key.text == "large_objects") {
        rules.large_objects = one_of(value, {"drop", "keep"}) == 1;
      } else if (key.text == "rows") {
        rules.rows = row_rule(value);
        if (rules.rows.kind != RowRule::Kind::choose) fail(value.place, "for all tables, rows takes {keep: N} only");
      } else if (key.text == "tables") {
        for (const auto& [table, body] : members(value, "tables")) add_table(rules, table, body);
      } else {
        fail(key.place, "unknown key '" + key.text + "': use version, strict, large_objects, rows, tables");
      }
    }
    if (!versioned) fail(root.place, "the version of the rules is missing: begin with \"version: 1\"");
    return rules;
  }

 private:
  [[noreturn]] void fail(const YamlPlace& place, const std::string& why) const {
    throw Error(ErrorCode::invalid_argument, text_of(name_, place) + ": " + why);
  }

  const std::vector<std::pair<YamlNode, YamlNode>>& members(const YamlNode& value, const std::string& what) const {
    if (value.kind != YamlNode::Kind::map) fail(value.place, what + " must be a map");
    return value.members;
  }

  const std::string& scalar(const YamlNode& value) const {
    if (value.kind != YamlNode::Kind::scalar) fail(value.place, "a text is expected here");
    return value.text;
  }

  // Returns the index of the word. YAML's other words for yes and no are accepted.
  std::size_t one_of(const YamlNode& value, const std::vector<std::string>& words) const {
    const std::string& text = scalar(value);
    const std::string word = text == "true" ? "yes" : text == "false" ? "no" : text;
    const auto found = std::ranges::find(words, word);
    if (found == words.end()) fail(value.place, "'" + text + "' is none of: " + listed(words));
    return static_cast<std::size_t>(found - words.begin());
  }

  std::uint64_t number(const YamlNode& value, std::uint64_t least, std::uint64_t most) const {
    const std::string& text = scalar(value);
    std::uint64_t result = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
    if (error != std::errc() || end != text.data() + text.size() || result < least || result > most)
      fail(value.place, "a number from " + std::to_string(least) + " to " + std::to_string(most) + " is expected here");
    return result;
  }

  void check_pattern(const YamlNode& value) const {
    const RE2 pattern(scalar(value), RE2::Quiet);
    if (!pattern.ok()) fail(value.place, "the pattern can't be used: " + pattern.error());
  }

  // Takes "schema.table"; a part with a dot or a quote is in double quotes, as in SQL.
  std::pair<std::string, std::string> table_name(const YamlNode& key) const {
    std::vector<std::string> parts(1);
    bool quoted = false;
    const std::string& text = key.text;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '"') {
        if (quoted && at + 1 < text.size() && text[at + 1] == '"')
          parts.back() += text[++at];
        else
          quoted = !quoted;
      } else if (text[at] == '.' && !quoted) {
        parts.emplace_back();
      } else {
        parts.back() += text[at];
      }
    }
    if (quoted || parts.size() != 2 || parts[0].empty() || parts[1].empty())
      fail(key.place, "'" + text + "' is no table name: write schema.table, a part with a dot or a quote in double quotes");
    return {parts[0], parts[1]};
  }

  void add_table(RuleSet& rules, const YamlNode& key, const YamlNode& body) const {
    TableRules table;
    table.place = key.place;
    std::tie(table.schema, table.name) = table_name(key);
    if (std::ranges::any_of(rules.tables,
                            [&](const TableRules& other) { return other.schema == table.schema && other.name == table.name; }))
      fail(key.place, "table " + key.text + " is here twice");
    if (body.kind == YamlNode::Kind::scalar) {
      table.keep_others = one_of(body, {"drop", "keep"}) == 1;
      table.rows = {.kind = table.keep_others ? RowRule::Kind::keep : RowRule::Kind::drop, .place = body.place};
    } else {
      for (const auto& [name, value] : members(body, "a table's rules")) add_part(table, name, value);
    }
    rules.tables.push_back(std::move(table));
  }

  void add_part(TableRules& table, const YamlNode& key, const YamlNode& value) const {
    if (key.text == "columns") {
      for (const auto& [column, rule] : members(value, "columns")) table.columns.emplace_back(column.text, parse_rule(rule));
    } else if (key.text == "others") {
      table.keep_others = one_of(value, {"refuse", "keep"}) == 1;
    } else if (key.text == "rows") {
      table.rows = row_rule(value);
    } else {
      fail(key.place, "unknown key '" + key.text + "': use columns, others, rows");
    }
  }

  RowRule row_rule(const YamlNode& value) const {
    if (value.kind == YamlNode::Kind::scalar) {
      return {.kind = one_of(value, {"keep", "drop"}) == 1 ? RowRule::Kind::drop : RowRule::Kind::keep, .place = value.place};
    }
    RowRule rule{.kind = RowRule::Kind::drop_where, .place = value.place};
    for (const auto& [key, text] : members(value, "rows")) {
      if (key.text == "drop_where") {
        rule.column = scalar(text);
      } else if (key.text == "matches") {
        check_pattern(text);
        rule.pattern = text.text;
      } else if (key.text == "keep") {
        rule.kind = RowRule::Kind::choose;
        rule.count = number(text, 1, kMostChosen);
      } else {
        fail(key.place, "unknown key '" + key.text + "': use drop_where with a column and matches with a pattern, or keep with a number");
      }
    }
    if (rule.kind == RowRule::Kind::choose) {
      if (!rule.column.empty() || !rule.pattern.empty()) fail(value.place, "use either drop_where or keep");
      return rule;
    }
    if (rule.column.empty() || rule.pattern.empty()) fail(value.place, "drop_where needs a column, and matches a pattern");
    return rule;
  }

  Rule parse_rule(const YamlNode& value) const {
    if (value.kind == YamlNode::Kind::scalar) return complete(begin(value), value, nullptr);
    const YamlNode* name = nullptr;
    for (const auto& [key, item] : members(value, "a rule")) {
      if (key.text == "rule") name = &item;
    }
    if (name == nullptr) fail(value.place, "the kind of the rule is missing: \"rule: email\"");
    return complete(begin(*name), value, &value);
  }

  // Returns the rule with its defaults.
  Rule begin(const YamlNode& name) const {
    const std::string word = name.type == YamlNode::Type::null ? "null" : scalar(name);
    const auto found = std::ranges::find(kKinds, word, &KindOfRule::name);
    if (found == kKinds.end()) fail(name.place, "unknown rule '" + word + "': use one of " + kind_names());
    Rule rule{.kind = found->kind, .place = name.place};
    switch (rule.kind) {
      case RuleKind::hash: rule.number = 32; break;
      case RuleKind::pseudonym: rule.number = 16; break;
      case RuleKind::email: rule.text = "example.com"; break;
      case RuleKind::name: rule.text = "full"; break;
      case RuleKind::phone: rule.number = 2; break;
      case RuleKind::date_shift: rule.number = 30; break;
      case RuleKind::shuffle: rule.number = 1000; break;
      default: break;
    }
    return rule;
  }

  Rule complete(Rule rule, const YamlNode& value, const YamlNode* parameters) const {
    const KindOfRule& kind = about(rule.kind);
    bool has_required = kind.required.empty();
    if (parameters != nullptr) {
      for (const auto& [key, item] : parameters->members) {
        if (key.text == "rule") continue;
        if (std::ranges::find(kind.parameters, key.text) == kind.parameters.end()) {
          const std::string known = listed(kind.parameters);
          fail(key.place,
               "rule " + std::string(kind.name) + " has no parameter '" + key.text + "'" + (known.empty() ? "" : ": it has " + known));
        }
        has_required = has_required || key.text == kind.required;
        set(rule, key.text, item);
      }
    }
    if (!has_required) fail(value.place, "rule " + std::string(kind.name) + " needs the parameter " + std::string(kind.required));
    return rule;
  }

  void set(Rule& rule, const std::string& key, const YamlNode& value) const {
    if (key == "scope") {
      rule.scope = scalar(value);
    } else if (key == "by") {
      rule.by = scalar(value);
    } else if (key == "days") {
      rule.number = number(value, 1, 36'500);
    } else if (key == "keep") {
      rule.number = number(value, 0, 36);
    } else if (key == "block") {
      rule.number = number(value, 2, kLargestBlock);
    } else if (key == "length") {
      const bool hash = rule.kind == RuleKind::hash, whole = rule.kind == RuleKind::truncate;
      rule.number = whole ? number(value, 0, 1U << 20) : number(value, 8, hash ? 64 : 26);
    } else if (key == "replacement") {
      rule.replacement = scalar(value);
      check_replacement(rule, value);
    } else if (key == "part") {
      one_of(value, {"full", "first", "last"});
      rule.text = value.text;
    } else if (key == "paths") {
      add_paths(rule, value);
    } else {
      if (key == "pattern") check_pattern(value);
      rule.text = scalar(value);
      if (key == "host" || key == "prefix") check_word(value);
    }
  }

  // Hosts and prefixes become parts of values of any column, so they have plain characters only.
  void check_word(const YamlNode& value) const {
    const auto plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    };
    if (value.text.size() > 100 || !std::ranges::all_of(value.text, plain))
      fail(value.place, "use at most 100 letters, digits, dots, dashes and underscores here");
  }

  void check_replacement(const Rule& rule, const YamlNode& value) const {
    if (rule.text.empty()) fail(value.place, "write the pattern before the replacement");
    std::string why;
    if (!RE2(rule.text, RE2::Quiet).CheckRewriteString(rule.replacement, &why)) fail(value.place, "the replacement can't be used: " + why);
  }

  void add_paths(Rule& rule, const YamlNode& value) const {
    for (const auto& [path, inner] : members(value, "paths")) {
      if (!path.text.starts_with("$.") || path.text.size() == 2)
        fail(path.place, "'" + path.text + "' is no path: write $.member.member, with * for any member or element");
      Rule at = parse_rule(inner);
      if (at.kind == RuleKind::json || at.kind == RuleKind::date_shift || at.kind == RuleKind::shuffle)
        fail(inner.place, "rule " + std::string(to_string(at.kind)) + " can't be used inside a JSON document");
      rule.paths.emplace_back(path.text, std::move(at));
    }
    if (rule.paths.empty()) fail(value.place, "name at least one path");
  }

  const std::string& name_;
};

}  // namespace

std::string_view to_string(RuleKind kind) { return about(kind).name; }

bool Rule::keyed() const noexcept {
  switch (kind) {
    case RuleKind::hash:
    case RuleKind::pseudonym:
    case RuleKind::digits:
    case RuleKind::email:
    case RuleKind::name:
    case RuleKind::phone:
    case RuleKind::date_shift:
    case RuleKind::shuffle: return true;
    case RuleKind::json: return std::ranges::any_of(paths, [](const auto& path) { return path.second.keyed(); });
    default: return false;
  }
}

bool Rule::agrees_with(const Rule& other) const noexcept {
  return kind == other.kind && text == other.text && replacement == other.replacement && by == other.by && scope == other.scope &&
         number == other.number && std::ranges::equal(paths, other.paths, [](const auto& a, const auto& b) {
           return a.first == b.first && a.second.agrees_with(b.second);
         });
}

RuleSet parse_rules(std::string_view text, const std::string& name) { return RuleParser(name).parse(text); }

std::string text_of(const std::string& name, const YamlPlace& place) {
  return name + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

}  // namespace holdfast::masking
