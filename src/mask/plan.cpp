#include "mask/plan.hpp"

#include <algorithm>
#include <set>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "mask/value_mask.hpp"

namespace holdfast::masking {

namespace {

std::string display(const TableName& name) { return name.first + "." + name.second; }

const MaskColumn* column_of(const MaskTable& table, const std::string& name) {
  const auto found = std::ranges::find(table.columns, name, &MaskColumn::name);
  return found == table.columns.end() ? nullptr : &*found;
}

class Checker {
 public:
  Checker(const RuleSet& rules, const MaskSchema& schema, bool strict) : rules_(rules), schema_(schema), strict_(strict || rules.strict) {
    for (const MaskTable& table : schema.tables) tables_[name_of(table)] = &table;
    for (const TableRules& table : rules.tables) table_rules_[{table.schema, table.name}] = &table;
  }

  std::vector<Fault> faults(bool has_key) {
    for (const TableRules& table : rules_.tables) check_names(table, has_key);
    if (!faults_.empty()) return std::move(faults_);  // others would only follow from these
    for (const MaskTable& table : schema_.tables) {
      check_completeness(table);
      check_placing(table);
      for (const MaskKey& key : table.keys) check_key(table, key);
      for (const MaskReference& reference : table.references) check_reference(table, reference);
    }
    check_large_objects();
    return std::move(faults_);
  }

  const TableRules* rules_of(const MaskTable& table) const {
    if (const auto found = table_rules_.find(name_of(table)); found != table_rules_.end()) return found->second;
    for (const TableName& ancestor : table.ancestors) {
      if (const auto found = table_rules_.find(ancestor); found != table_rules_.end()) return found->second;
    }
    return nullptr;
  }

  const RowRule& rows_of(const MaskTable& table) const {
    const TableRules* rules = rules_of(table);
    if (rules != nullptr && rules->rows) return *rules->rows;
    static const RowRule kKeep{};
    return table.known ? rules_.rows : kKeep;  // the rows of an extension belong to its script
  }

  /// Returns null for a column that stays as it is.
  const Rule* rule_of(const MaskTable& table, const std::string& column) const {
    const TableRules* rules = rules_of(table);
    if (rules == nullptr) return nullptr;
    const auto found = std::ranges::find(rules->columns, column, &std::pair<std::string, Rule>::first);
    return found == rules->columns.end() || found->second.kind == RuleKind::keep ? nullptr : &found->second;
  }

 private:
  void fault(std::string object, const YamlPlace& place, const std::string& what) {
    faults_.push_back({std::move(object), text_of(rules_.name, place) + ": " + what});
  }

  // --- the rules of one table

  void check_names(const TableRules& rules, bool has_key) {
    const TableName name{rules.schema, rules.name};
    const std::string object = "table " + display(name);
    const auto found = tables_.find(name);
    if (found == tables_.end()) return fault(object, rules.place, "the backup has no such table, or it is not selected");
    const MaskTable& table = *found->second;
    if (!table.ancestors.empty())
      return fault(object, rules.place, "it is a partition: give the rules to " + display(table.ancestors.back()));
    for (const auto& [column, rule] : rules.columns) check_column(table, column, rule, has_key);
    if (!rules.rows) return;
    if (rules.rows->kind == RowRule::Kind::drop_where) check_stored(table, rules.rows->column, rules.rows->place, "drop_where");
    if (rules.rows->kind == RowRule::Kind::choose && !table.known)
      fault(object, rules.rows->place, "the backup does not tell the table's types: an extension made it");
  }

  void check_column(const MaskTable& table, const std::string& name, const Rule& rule, bool has_key) {
    const std::string object = "column " + display(name_of(table)) + "." + name;
    if (rule.kind == RuleKind::keep && !table.known) return;
    if (!table.known) return fault(object, rule.place, "the backup does not tell the table's types: an extension made it");
    const MaskColumn* column = column_of(table, name);
    if (column == nullptr) return fault(object, rule.place, "the table has no such column");
    if (const std::string why = misfit(rule, *column); !why.empty()) return fault(object, rule.place, why);
    if (rule.keyed() && !has_key) fault(object, rule.place, "rule " + std::string(to_string(rule.kind)) + " needs a key: give one");
    if (!rule.by.empty()) check_stored(table, rule.by, rule.place, "by");
    if (!can_read(rule.kind)) {
      fault(object, rule.place,
            "rule " + std::string(to_string(rule.kind)) + " can't be used in the backup's encoding: " +
                (rule.kind == RuleKind::json ? "only in UTF8" : "only in UTF8 and where a character is one byte"));
    }
  }

  // Some rules look at characters; JSON may write any character as its Unicode number.
  bool can_read(RuleKind kind) const {
    if (kind == RuleKind::json) return schema_.utf8;
    return (kind != RuleKind::truncate && kind != RuleKind::regex) || schema_.utf8 || schema_.single_byte;
  }

  void check_stored(const MaskTable& table, const std::string& column, const YamlPlace& place, const std::string& parameter) {
    if (std::ranges::find(table.stored, column) != table.stored.end()) return;
    fault("column " + display(name_of(table)) + "." + column, place,
          parameter + " names it, but the rows of the table have no such column");
  }

  // --- the whole

  void check_completeness(const MaskTable& table) {
    if (!strict_ || !table.has_rows) return;
    const TableRules* rules = rules_of(table);
    if (rules == nullptr) return faults_.push_back({"table " + display(name_of(table)), "no rule names it: give rules, keep or drop"});
    if (rules->keep_others || drops_all(table)) return;
    for (const std::string& column : table.stored) {
      if (std::ranges::find(rules->columns, column, &std::pair<std::string, Rule>::first) != rules->columns.end()) continue;
      faults_.push_back({"column " + display(name_of(table)) + "." + column, "no rule names it: give it one, or keep"});
    }
  }

  // Rows are loaded into the partition that they were in.
  void check_placing(const MaskTable& table) {
    for (const std::string& column : table.placing) {
      if (const Rule* rule = rule_of(table, column))
        fault("column " + display(name_of(table)) + "." + column, rule->place,
              "it decides into which partition a row belongs: it can't be masked");
    }
  }

  bool is_safe(const MaskTable& table, const MaskKey& key) const {
    return std::ranges::all_of(key.columns, [&](const std::string& name) {
      const Rule* rule = rule_of(table, name);
      const MaskColumn* column = column_of(table, name);
      return rule == nullptr || column == nullptr || keeps(key, *rule, *column);
    });
  }

  // Shuffled values are the same ones in other rows: alone they stay different, pairs do not.
  static bool keeps(const MaskKey& key, const Rule& rule, const MaskColumn& column) {
    if (rule.kind == RuleKind::shuffle) return !key.opaque && key.columns.size() == 1;
    return !key.opaque && keeps_different(rule, column);
  }

  // A key with all columns of another one that is safe is safe, too.
  void check_key(const MaskTable& table, const MaskKey& key) {
    const bool safe = std::ranges::any_of(table.keys, [&](const MaskKey& other) {
      const auto in_key = [&](const std::string& column) { return std::ranges::find(key.columns, column) != key.columns.end(); };
      return !other.columns.empty() && std::ranges::all_of(other.columns, in_key) && is_safe(table, other);
    });
    if (safe) return;
    for (const std::string& name : key.columns) {
      const Rule* rule = rule_of(table, name);
      const MaskColumn* column = column_of(table, name);
      if (rule == nullptr || column == nullptr || (rule->kind == RuleKind::null && key.nulls_distinct)) continue;
      if (keeps(key, *rule, *column)) continue;
      return fault("column " + display(name_of(table)) + "." + name, rule->place,
                   "rule " + std::string(to_string(rule->kind)) + " may give equal values to different rows, and " + key.name +
                       " forbids that: use pseudonym, email or digits");
    }
  }

  bool drops_all(const MaskTable& table) const { return rows_of(table).kind == RowRule::Kind::drop; }

  void check_reference(const MaskTable& table, const MaskReference& reference) {
    const auto found = tables_.find({reference.schema, reference.table});
    if (found == tables_.end() || drops_all(table)) return;
    const MaskTable& to = *found->second;
    const auto vanishes = [&](const std::string& column) {
      const Rule* rule = rule_of(table, column);
      return rule != nullptr && rule->kind == RuleKind::null;
    };
    if (std::ranges::any_of(reference.columns, vanishes)) return;
    const RowRule& rows = rows_of(to);
    if (rows.kind == RowRule::Kind::choose) check_comparable(table, reference, to, rows);
    if (rows.kind == RowRule::Kind::drop || rows.kind == RowRule::Kind::drop_where) {
      return fault("table " + display(name_of(to)), rows.place,
                   "rows of " + display(name_of(table)) + " refer to it (" + reference.name +
                       "): drop those rows or mask their reference with null");
    }
    if (reference.columns.size() == 1 && only_shuffled(table, reference.columns[0]) && only_shuffled(to, reference.to_columns.at(0)))
      return;
    for (std::size_t at = 0; at < std::min(reference.columns.size(), reference.to_columns.size()); ++at)
      check_pair(table, reference.columns[at], to, reference.to_columns[at], reference.name);
  }

  // The set of values is the same before and after: each reference still finds its row.
  bool only_shuffled(const MaskTable& table, const std::string& column) const {
    const Rule* rule = rule_of(table, column);
    return rule == nullptr || rule->kind == RuleKind::shuffle;
  }

  // Rows that are referred to are found by the texts of their values.
  void check_comparable(const MaskTable& table, const MaskReference& reference, const MaskTable& to, const RowRule& rows) {
    const auto same = [&](const std::string& name, const std::string& to_name) {
      const MaskColumn* column = column_of(table, name);
      const MaskColumn* to_column = column_of(to, to_name);
      const bool stored =
          std::ranges::find(table.stored, name) != table.stored.end() && std::ranges::find(to.stored, to_name) != to.stored.end();
      return stored && column != nullptr && to_column != nullptr && column->type == to_column->type &&
             column->folded == to_column->folded && column->padded == to_column->padded &&
             (column->type != MaskType::other || column->type_name == to_column->type_name);
    };
    if (reference.columns.size() == reference.to_columns.size() && std::ranges::equal(reference.columns, reference.to_columns, same))
      return;
    fault("table " + display(name_of(to)), rows.place,
          "rows of " + display(name_of(table)) + " refer to it (" + reference.name +
              ") by columns whose values can't be compared in the backup: keep all rows of it");
  }

  void check_pair(const MaskTable& table, const std::string& name, const MaskTable& to, const std::string& to_name,
                  const std::string& reference) {
    const Rule* rule = rule_of(table, name);
    const Rule* to_rule = rule_of(to, to_name);
    if (rule == nullptr && to_rule == nullptr) return;
    const MaskColumn* column = column_of(table, name);
    const MaskColumn* to_column = column_of(to, to_name);
    const bool alike = column != nullptr && to_column != nullptr && column->type == to_column->type &&
                       column->folded == to_column->folded && column->padded == to_column->padded &&
                       (column->type != MaskType::integer || column->most == to_column->most);
    if (rule != nullptr && to_rule != nullptr && alike && rule->by.empty() && rule->agrees_with(*to_rule)) return;
    const std::string both = "column " + display(name_of(table)) + "." + name + " refers to " + display(name_of(to)) + "." + to_name;
    fault("constraint " + reference, (rule != nullptr ? rule : to_rule)->place,
          both + (alike ? ": give both the same rule" : ", and their types differ: a rule would give them different values"));
  }

  void check_large_objects() {
    if (!schema_.large_objects || rules_.large_objects) return;
    faults_.push_back(
        {"large objects", "the backup has some, and no rule reads them: add \"large_objects: drop\" or \"large_objects: keep\""});
  }

  const RuleSet& rules_;
  const MaskSchema& schema_;
  const bool strict_;
  std::map<TableName, const MaskTable*> tables_;
  std::map<TableName, const TableRules*> table_rules_;
  std::vector<Fault> faults_;
};

std::size_t index_of(const MaskTable& table, const std::string& column) {
  return static_cast<std::size_t>(std::ranges::find(table.stored, column) - table.stored.begin());
}

TablePlan plan_of(const MaskTable& table, const TableRules* rules, const RowRule& rows) {
  TablePlan plan;
  plan.rows = rows;
  if (rows.kind == RowRule::Kind::drop_where) plan.row_column = index_of(table, rows.column);
  if (rules == nullptr) return plan;
  for (const auto& [name, rule] : rules->columns) {
    if (rule.kind == RuleKind::keep) continue;
    TablePlan::Column column{.index = index_of(table, name), .rule = rule, .about = *column_of(table, name)};
    if (!rule.by.empty()) column.subject = index_of(table, rule.by);
    plan.columns.push_back(std::move(column));
  }
  std::ranges::sort(plan.columns, {}, &TablePlan::Column::index);
  return plan;
}

void check_key_size(const Secret& key) {
  constexpr std::size_t kLeast = 16;
  if (!key.empty() && key.size() < kLeast)
    throw Error(ErrorCode::invalid_argument,
                "the key of the mask has " + std::to_string(key.size()) + " bytes: use at least " + std::to_string(kLeast));
}

}  // namespace

const TablePlan* MaskPlan::find(const std::string& schema, const std::string& name) const {
  const auto found = tables.find({schema, name});
  return found == tables.end() ? nullptr : &found->second;
}

MaskedColumn described(const std::pair<std::string, std::string>& table, const TablePlan::Column& column, std::uint64_t values) {
  return {display(table), column.about.name, std::string(to_string(column.rule.kind)), values};
}

bool MaskPlan::chooses_rows() const {
  return std::ranges::any_of(tables, [](const auto& table) { return table.second.rows.kind == RowRule::Kind::choose; });
}

std::vector<MaskedColumn> MaskPlan::columns() const {
  std::vector<MaskedColumn> list;
  for (const auto& [name, table] : tables) {
    for (const TablePlan::Column& column : table.columns) list.push_back(described(name, column, 0));
  }
  return list;
}

std::string identity_of(const MaskOptions& options) {
  constexpr std::string_view kNone = "no key";  // shorter than any key
  const Secret key = hkdf_sha256(options.key.empty() ? as_bytes(kNone) : options.key.bytes(), {}, "holdfast/mask/v1/identity", 32);
  return to_hex(ByteView(hmac_sha256(key.bytes(), as_bytes(options.rules))).first(16));
}

CheckedRules check_rules(const MaskOptions& options, const MaskSchema& schema) {
  check_key_size(options.key);
  const RuleSet rules = parse_rules(options.rules, options.name);
  Checker checker(rules, schema, options.strict);
  CheckedRules checked;
  checked.faults = checker.faults(!options.key.empty());
  if (!checked.faults.empty()) return checked;
  checked.plan.key = options.key;
  checked.plan.utf8 = schema.utf8;
  checked.plan.keep_large_objects = rules.large_objects.value_or(true);
  checked.plan.identity = identity_of(options);
  for (const MaskTable& table : schema.tables) {
    if (!table.has_rows) continue;
    TablePlan plan = plan_of(table, checker.rules_of(table), checker.rows_of(table));
    if (!plan.columns.empty() || plan.rows.kind != RowRule::Kind::keep) checked.plan.tables[name_of(table)] = std::move(plan);
  }
  return checked;
}

MaskPlan require_rules(const MaskOptions& options, const MaskSchema& schema) {
  CheckedRules checked = check_rules(options, schema);
  if (checked.faults.empty()) return std::move(checked.plan);
  const Fault& first = checked.faults.front();
  const std::size_t others = checked.faults.size() - 1;
  throw Error(ErrorCode::invalid_argument,
              "the mask does not fit the backup: " + first.object + ": " + first.what +
                  (others == 0 ? "" : ", and " + std::to_string(others) + " more faults (mask check names all)"));
}

}  // namespace holdfast::masking
