#include "mask/suggest.hpp"

#include <algorithm>

#include "mask/guess.hpp"
#include "mask/value_mask.hpp"

namespace holdfast::masking {

namespace {

std::string quoted_yaml(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20) {
      quoted += std::string("\\x") + kDigits[code >> 4] + kDigits[code & 15];
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string part_of_name(const std::string& name) {
  if (name.find_first_of(".\"") == std::string::npos) return name;
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string yaml_of(const Rule& rule) {
  const std::string kind(to_string(rule.kind));
  switch (rule.kind) {
    case RuleKind::fixed: return "{rule: fixed, value: " + quoted_yaml(rule.text) + "}";
    case RuleKind::name: return rule.text == "full" ? "name" : "{rule: name, part: " + rule.text + "}";
    case RuleKind::pseudonym: return rule.number == 16 ? "pseudonym" : "{rule: pseudonym, length: " + std::to_string(rule.number) + "}";
    case RuleKind::hash: return rule.number == 32 ? "hash" : "{rule: hash, length: " + std::to_string(rule.number) + "}";
    case RuleKind::date_shift: return "{rule: date_shift, by: " + quoted_yaml(rule.by) + ", days: " + std::to_string(rule.number) + "}";
    case RuleKind::json: {
      std::string paths;
      for (const auto& [path, inner] : rule.paths) paths += (paths.empty() ? "" : ", ") + quoted_yaml(path) + ": " + yaml_of(inner);
      return "{rule: json, paths: {" + paths + "}}";
    }
    default: return kind;
  }
}

class Suggestion {
 public:
  Suggestion(const MaskSchema& schema, const Samples& samples) : schema_(schema) {
    for (const MaskTable& table : schema.tables) {
      if (!table.ancestors.empty()) continue;  // a partition has the rules of its table
      for (const MaskColumn& column : table.columns) guess(table, column, samples);
    }
    join_references();
  }

  std::string text() const {
    std::string text =
        "# Proposed by holdfast mask suggest from names, types and samples of rows. Read every line: no list of names finds everything.\n"
        "version: 1\nstrict: yes  # a column that is not named here is an error\n";
    if (schema_.large_objects) text += "large_objects: drop\n";
    text += "tables:\n";
    for (const MaskTable& table : schema_.tables) {
      if (table.ancestors.empty()) text += text_of_table(table);
    }
    return text;
  }

 private:
  using Place = std::pair<TableName, std::string>;

  // A partitioned table has no rows of its own: those of its first partition are looked at.
  static const ColumnSamples* samples_of(const MaskSchema& schema, const MaskTable& table, const Samples& samples,
                                         const MaskTable*& sampled) {
    for (const MaskTable& other : schema.tables) {
      const TableName name{table.schema, table.name};
      const bool belongs = &other == &table || std::ranges::find(other.ancestors, name) != other.ancestors.end();
      const auto found = belongs ? samples.find({other.schema, other.name}) : samples.end();
      if (found == samples.end()) continue;
      sampled = &other;
      return &found->second;
    }
    return nullptr;
  }

  void guess(const MaskTable& table, const MaskColumn& column, const Samples& samples) {
    const MaskTable* sampled = nullptr;
    const ColumnSamples* values = samples_of(schema_, table, samples, sampled);
    std::vector<std::string> of_column;
    if (values != nullptr) {
      const auto at = static_cast<std::size_t>(std::ranges::find(sampled->stored, column.name) - sampled->stored.begin());
      if (at < values->size()) of_column = (*values)[at];
    }
    std::optional<Guess> guess = guess_rule(table.name, column, of_column);
    if (!guess || column.generated || places_rows(table, column.name)) return;
    if (guess->rule.kind == RuleKind::date_shift && !give_subject(table, column, guess->rule)) return;
    if (fit(table, column, guess->rule)) guesses_[{{table.schema, table.name}, column.name}] = std::move(*guess);
  }

  bool places_rows(const MaskTable& table, const std::string& column) const {
    const TableName name{table.schema, table.name};
    return std::ranges::any_of(schema_.tables, [&](const MaskTable& other) {
      const bool belongs = std::ranges::find(other.ancestors, name) != other.ancestors.end();
      return belongs && std::ranges::find(other.placing, column) != other.placing.end();
    });
  }

  // The row itself is the subject: its key decides, best a number or another one without a meaning.
  static bool give_subject(const MaskTable& table, const MaskColumn& column, Rule& rule) {
    for (const MaskKey& key : table.keys) {
      if (key.columns.empty() || key.columns[0] == column.name) continue;
      const auto subject = std::ranges::find(table.columns, key.columns[0], &MaskColumn::name);
      const bool plain = subject != table.columns.end() && (subject->type == MaskType::integer || subject->type == MaskType::uuid);
      if (rule.by.empty() || plain) rule.by = key.columns[0];
      if (plain) break;
    }
    return !rule.by.empty();
  }

  static bool in_key(const MaskTable& table, const std::string& column) {
    return std::ranges::any_of(table.keys, [&](const MaskKey& key) { return std::ranges::find(key.columns, column) != key.columns.end(); });
  }

  // Changes a rule that the column can't have for another one that it can.
  static bool fit(const MaskTable& table, const MaskColumn& column, Rule& rule) {
    const auto possible = [&](const Rule& other) {
      return misfit(other, column).empty() && (!in_key(table, column.name) || keeps_different(other, column));
    };
    if (possible(rule)) return true;
    for (const std::uint64_t length : {16, 8}) {
      rule = {.kind = RuleKind::pseudonym, .number = length};
      if (possible(rule)) return true;
    }
    rule = {.kind = RuleKind::digits};
    return possible(rule);
  }

  const MaskColumn* column_at(const Place& place) const {
    for (const MaskTable& table : schema_.tables) {
      if (TableName{table.schema, table.name} != place.first) continue;
      const auto found = std::ranges::find(table.columns, place.second, &MaskColumn::name);
      return found == table.columns.end() ? nullptr : &*found;
    }
    return nullptr;
  }

  // Gives both ends of each reference one rule, over chains of references.
  void join_references() {
    constexpr int kMost = 32;  // a column may refer to two others with different rules
    bool changed = true;
    for (int pass = 0; changed && pass < kMost; ++pass) {
      changed = false;
      for (const MaskTable& table : schema_.tables) {
        for (const MaskReference& reference : table.references) {
          for (std::size_t at = 0; at < std::min(reference.columns.size(), reference.to_columns.size()); ++at) {
            const Place from{{table.schema, table.name}, reference.columns[at]};
            const Place to{{reference.schema, reference.table}, reference.to_columns[at]};
            changed = join(from, to) || changed;
          }
        }
      }
    }
  }

  bool join(const Place& from, const Place& to) {
    const auto a = guesses_.find(from), b = guesses_.find(to);
    if (a == guesses_.end() && b == guesses_.end()) return false;
    if (a != guesses_.end() && b != guesses_.end() && a->second.rule.agrees_with(b->second.rule)) return false;
    if (column_at(from) == nullptr || column_at(to) == nullptr) return false;
    const auto copy = [&](const Place& place, const Guess& guess, const Place& other) {
      guesses_[place] = {guess.rule, "joins with " + other.first.first + "." + other.first.second + "." + other.second};
    };
    if (b != guesses_.end()) {
      copy(from, b->second, to);
    } else {
      copy(to, a->second, from);
    }
    return true;
  }

  std::string text_of_table(const MaskTable& table) const {
    const std::string name = "  " + quoted_yaml(part_of_name(table.schema) + "." + part_of_name(table.name)) + ":";
    if (!table.known) return name + " keep  # of an extension\n";
    std::string columns;
    for (const MaskColumn& column : table.columns) {
      if (column.generated) continue;
      const auto found = guesses_.find({{table.schema, table.name}, column.name});
      const bool masked = found != guesses_.end();
      columns +=
          "      " + quoted_yaml(column.name) + ": " + (masked ? yaml_of(found->second.rule) + "  # " + found->second.why : "keep") + "\n";
    }
    return columns.empty() ? name + " keep\n" : name + "\n    columns:\n" + columns;
  }

  const MaskSchema& schema_;
  std::map<Place, Guess> guesses_;
};

}  // namespace

std::string suggest_rules(const MaskSchema& schema, const Samples& samples) { return Suggestion(schema, samples).text(); }

}  // namespace holdfast::masking
