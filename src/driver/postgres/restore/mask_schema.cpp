#include "driver/postgres/restore/mask_schema.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>

#include "driver/postgres/client/statements.hpp"
#include "driver/postgres/restore/chosen_rows.hpp"
#include "driver/postgres/restore/table_definition.hpp"

namespace holdfast::postgres {

using masking::MaskColumn;
using masking::MaskKey;
using masking::MaskReference;
using masking::MaskSchema;
using masking::MaskTable;
using masking::MaskType;
using pg_archive::TocEntry;
using pg_archive::view;

namespace {

struct BuiltinType {
  std::string_view name;
  MaskType type;
  std::uint64_t most = 0;
  bool padded = false;
};

constexpr std::array<BuiltinType, 17> kBuiltinTypes = {{{"text", MaskType::text},
                                                        {"character varying", MaskType::text},
                                                        {"character", MaskType::text, 0, true},
                                                        {"smallint", MaskType::integer, std::numeric_limits<std::int16_t>::max()},
                                                        {"integer", MaskType::integer, std::numeric_limits<std::int32_t>::max()},
                                                        {"bigint", MaskType::integer, std::numeric_limits<std::int64_t>::max()},
                                                        {"numeric", MaskType::numeric},
                                                        {"real", MaskType::floating},
                                                        {"double precision", MaskType::floating},
                                                        {"boolean", MaskType::boolean},
                                                        {"date", MaskType::date},
                                                        {"timestamp without time zone", MaskType::timestamp},
                                                        {"timestamp with time zone", MaskType::timestamp},
                                                        {"json", MaskType::json},
                                                        {"jsonb", MaskType::json},
                                                        {"uuid", MaskType::uuid},
                                                        {"bytea", MaskType::bytea}}};

RelationName relation_of(const TocEntry& entry) { return {std::string(view(entry.schema)), std::string(view(entry.tag))}; }

std::optional<RelationName> relation_in(std::string_view sql) {
  const std::vector<std::string> parts = name_parts(sql);
  if (parts.size() != 2) return std::nullopt;
  return RelationName(parts[0], parts[1]);
}

// Reads the types that the backup's own statements define.
class TypeReader {
 public:
  explicit TypeReader(const pg_archive::ArchiveToc& toc) {
    for (const TocEntry& entry : toc.entries) {
      if (view(entry.desc) == "DOMAIN") domains_[relation_of(entry)] = std::string(view(entry.definition));
      if (view(entry.desc) == "TYPE") types_[relation_of(entry)] = std::string(view(entry.definition));
    }
  }

  void describe(MaskColumn& column, const std::string& type, int depth = 0) const {
    column.type_name = depth == 0 ? type : column.type_name;
    std::string plain = type;
    std::uint64_t number = 0;
    if (const std::size_t open = plain.find('('); open != std::string::npos && !type.ends_with("[]")) {
      number = static_cast<std::uint64_t>(std::strtoull(plain.c_str() + open + 1, nullptr, 10));
      plain.erase(open, plain.find(')') - open + 1);
    }
    const auto builtin = std::ranges::find(kBuiltinTypes, plain, &BuiltinType::name);
    if (builtin != kBuiltinTypes.end()) {
      column.type = builtin->type;
      column.padded = builtin->padded;
      column.most = builtin->type == MaskType::text ? number : builtin->most;
      return;
    }
    const std::optional<RelationName> name = relation_in(plain);
    if (!name || plain.ends_with("[]")) return;
    if (name->second == "citext" && !types_.contains(*name)) {
      column.type = MaskType::text;
      column.folded = true;
    } else if (const auto domain = domains_.find(*name); domain != domains_.end() && depth < kDeepest) {
      describe_domain(column, domain->second, depth);
    } else if (const auto own = types_.find(*name); own != types_.end() && own->second.find(" AS ENUM (") != std::string::npos) {
      for (const std::string_view label : list_lines(in_parentheses(own->second, own->second.find(" AS ENUM ("))))
        column.labels.emplace_back(label);
    }
  }

 private:
  static constexpr int kDeepest = 16;  // domains over domains

  // CREATE DOMAIN name AS type …
  void describe_domain(MaskColumn& column, std::string_view sql, int depth) const {
    const std::string plain = masked_text(sql);
    const std::size_t begin = plain.find(" AS ");
    if (begin == std::string::npos) return;
    std::size_t end = plain.size();
    for (const std::string_view word : {" COLLATE ", " DEFAULT ", " NOT NULL", "\n", ";"})
      end = std::min(end, find_outside(plain, word, begin + 4));
    if (plain.find(" NOT NULL", begin) != std::string::npos) column.nullable = false;
    describe(column, std::string(sql.substr(begin + 4, end - begin - 4)), depth + 1);
  }

  // The labels of an enumeration, each on its own line. Those with a quote are not read: no fixed value may be one.
  static std::vector<std::string_view> list_lines(std::string_view list) {
    std::vector<std::string_view> labels;
    for (std::size_t at = 0; (at = list.find('\'', at)) != std::string_view::npos;) {
      const std::size_t end = std::min(list.find('\'', at + 1), list.size());
      labels.push_back(list.substr(at + 1, end - at - 1));
      at = end + 1;
    }
    return labels;
  }

  std::map<RelationName, std::string> domains_, types_;
};

class SchemaReader {
 public:
  explicit SchemaReader(const RestorePlan& plan) : plan_(plan), types_(plan.toc) {}

  MaskSchema read() {
    schema_.utf8 = plan_.catalog.encoding == "UTF8";
    schema_.single_byte = !schema_.utf8 && !plan_.catalog.encoding.starts_with("EUC_") && plan_.catalog.encoding != "MULE_INTERNAL";
    schema_.large_objects = plan_.large_object_names.has_value();
    for (const TocEntry& entry : plan_.toc.entries) {
      if (view(entry.desc) == "TABLE") definitions_[relation_of(entry)] = &entry;
    }
    for (const Table& table : plan_.catalog.tables) add_table(table);
    for (const auto& [name, entry] : definitions_) add_partitioned(name, *entry);
    for (std::size_t at = 0; at < schema_.tables.size(); ++at) index_[{schema_.tables[at].schema, schema_.tables[at].name}] = at;
    for (const TocEntry& entry : plan_.toc.entries) {
      if (view(entry.desc) == "CONSTRAINT" || view(entry.desc) == "FK CONSTRAINT") add_constraint(entry);
      if (view(entry.desc) == "INDEX") add_index(view(entry.definition));
    }
    for (MaskTable& table : schema_.tables) add_placing(table);
    return std::move(schema_);
  }

 private:
  void add_table(const Table& recorded) {
    MaskTable table;
    table.schema = recorded.schema;
    table.name = recorded.name;
    table.stored = recorded.columns;
    table.ancestors = recorded.ancestors;
    const auto found = definitions_.find({recorded.schema, recorded.name});
    table.known = found != definitions_.end();
    if (table.known) read_columns(table, *found->second, 0);
    schema_.tables.push_back(std::move(table));
  }

  void add_partitioned(const RelationName& name, const TocEntry& entry) {
    const TableDefinition definition = TableDefinition::of(view(entry.definition));
    if (definition.partition_by.empty()) return;
    partition_by_[name] = definition.partition_by;
    MaskTable table;
    std::tie(table.schema, table.name) = name;
    table.has_rows = false;
    read_columns(table, entry, 0);
    for (const MaskColumn& column : table.columns) {
      if (!column.generated) table.stored.push_back(column.name);
    }
    for (const Table& other : plan_.catalog.tables) {
      const auto at = std::ranges::find(other.ancestors, name);
      if (at != other.ancestors.end()) table.ancestors = {at + 1, other.ancestors.end()};
    }
    schema_.tables.push_back(std::move(table));
  }

  // A child's definition has only its own columns.
  void read_columns(MaskTable& table, const TocEntry& entry, int depth) const {
    constexpr int kDeepest = 32;
    const std::string_view sql = view(entry.definition);
    for (const ColumnDefinition& defined : TableDefinition::of(sql).columns) {
      if (std::ranges::find(table.columns, defined.name, &MaskColumn::name) != table.columns.end()) continue;
      MaskColumn column;
      column.name = defined.name;
      column.nullable = !defined.not_null;
      column.generated = defined.generated;
      types_.describe(column, defined.type);
      table.columns.push_back(std::move(column));
    }
    if (depth > kDeepest) return;
    for (const std::string_view parent : parents_in(sql)) {
      const std::optional<RelationName> name = relation_in(parent);
      const auto found = name ? definitions_.find(*name) : definitions_.end();
      if (found != definitions_.end()) read_columns(table, *found->second, depth + 1);
    }
  }

  MaskTable* table_in(std::string_view sql) {
    const std::optional<RelationName> name = relation_in(sql);
    const auto found = name ? index_.find(*name) : index_.end();
    return found == index_.end() ? nullptr : &schema_.tables[found->second];
  }

  static std::vector<std::string> columns_in(std::string_view list) {
    std::vector<std::string> columns;
    for (const std::string_view item : list_items(list)) {
      if (const std::vector<std::string> parts = name_parts(item); !parts.empty()) columns.push_back(parts[0]);
    }
    return columns;
  }

  // ALTER TABLE ONLY schema.table⏎    ADD CONSTRAINT name kind (columns) …
  void add_constraint(const TocEntry& entry) {
    constexpr std::string_view kAlter = "ALTER TABLE ", kOnly = "ONLY ", kAdd = "ADD CONSTRAINT ";
    std::string_view sql = view(entry.definition);
    const std::string plain = masked_text(sql);
    const std::size_t alter = plain.find(kAlter), add = plain.find(kAdd);
    if (alter == std::string::npos || add == std::string::npos) return;
    std::string_view target = sql.substr(alter + kAlter.size());
    if (target.starts_with(kOnly)) target.remove_prefix(kOnly.size());
    MaskTable* table = table_in(target);
    if (table == nullptr) return;
    const std::string name = name_parts(sql.substr(add + kAdd.size())).at(0);
    const auto kind = [&](std::string_view words) { return find_outside(plain, words, add); };
    if (const std::size_t foreign = kind(" FOREIGN KEY ("); foreign != plain.size()) {
      add_reference(*table, name, sql, foreign, kind(" REFERENCES "));
    } else if (const std::size_t primary = kind(" PRIMARY KEY ("); primary != plain.size()) {
      MaskKey key{.name = name, .columns = columns_in(in_parentheses(sql, primary))};
      for (MaskColumn& column : table->columns) {
        if (std::ranges::find(key.columns, column.name) != key.columns.end()) column.nullable = false;
      }
      table->keys.push_back(std::move(key));
    } else if (const std::size_t unique = kind(" UNIQUE "); unique != plain.size()) {
      const bool distinct = kind(" NULLS NOT DISTINCT") == plain.size();
      table->keys.push_back({.name = name, .columns = columns_in(in_parentheses(sql, unique)), .nulls_distinct = distinct});
    } else if (const std::size_t exclude = kind(" EXCLUDE "); exclude != plain.size()) {
      table->keys.push_back({.name = name, .columns = columns_named(*table, sql.substr(exclude)), .nulls_distinct = false, .opaque = true});
    }
  }

  static void add_reference(MaskTable& table, const std::string& name, std::string_view sql, std::size_t foreign, std::size_t references) {
    constexpr std::string_view kReferences = " REFERENCES ";
    if (references >= sql.size()) return;
    const std::vector<std::string> to = name_parts(sql.substr(references + kReferences.size()));
    if (to.size() != 2) return;
    table.references.push_back({.name = name,
                                .columns = columns_in(in_parentheses(sql, foreign)),
                                .schema = to[0],
                                .table = to[1],
                                .to_columns = columns_in(in_parentheses(sql, references))});
  }

  static std::vector<std::string> columns_named(const MaskTable& table, std::string_view sql) {
    const std::set<std::string> names = names_in(sql);
    std::vector<std::string> columns;
    for (const MaskColumn& column : table.columns) {
      if (names.contains(column.name)) columns.push_back(column.name);
    }
    return columns;
  }

  // CREATE UNIQUE INDEX name ON ONLY schema.table USING btree (items) …
  void add_index(std::string_view sql) {
    constexpr std::string_view kUnique = "CREATE UNIQUE INDEX ", kOn = " ON ", kOnly = "ONLY ", kUsing = " USING ";
    if (!sql.starts_with(kUnique)) return;
    const std::string plain = masked_text(sql);
    const std::size_t on = plain.find(kOn), with = plain.find(kUsing);
    if (on == std::string::npos || with == std::string::npos) return;
    std::string_view target = sql.substr(on + kOn.size());
    if (target.starts_with(kOnly)) target.remove_prefix(kOnly.size());
    MaskTable* table = table_in(target);
    if (table == nullptr) return;
    MaskKey key{.name = name_parts(sql.substr(kUnique.size())).at(0),
                .nulls_distinct = plain.find(" NULLS NOT DISTINCT") == std::string::npos};
    const std::string_view items = in_parentheses(sql, with);
    for (const std::string_view item : list_items(items)) add_item(*table, key, item);
    const std::size_t where = find_outside(plain, " WHERE ", with);
    for (const std::string& column : columns_named(*table, sql.substr(where))) {
      key.opaque = true;
      key.columns.push_back(column);
    }
    table->keys.push_back(std::move(key));
  }

  // A column, lower() of a column, or another expression.
  static void add_item(const MaskTable& table, MaskKey& key, std::string_view item) {
    const std::vector<std::string> named = columns_named(table, item);
    const std::size_t open = masked_text(item).find('(');
    const bool lower = named.size() == 1 && item == "lower(" + named[0] + ")";
    const bool lower_text = named.size() == 1 && item == "lower((" + named[0] + ")::text)";
    if (open == std::string_view::npos) {
      if (const std::vector<std::string> parts = name_parts(item); !parts.empty()) key.columns.push_back(parts[0]);
      return;
    }
    key.opaque = key.opaque || (!lower && !lower_text);
    key.columns.insert(key.columns.end(), named.begin(), named.end());
  }

  void add_placing(MaskTable& table) const {
    for (const auto& ancestor : table.ancestors) {
      const auto found = partition_by_.find(ancestor);
      if (found == partition_by_.end()) continue;
      const std::vector<std::string> columns = columns_named(table, found->second);
      table.placing.insert(table.placing.end(), columns.begin(), columns.end());
    }
  }

  const RestorePlan& plan_;
  const TypeReader types_;
  MaskSchema schema_;
  std::map<RelationName, const TocEntry*> definitions_;
  std::map<RelationName, std::string> partition_by_;
  std::map<RelationName, std::size_t> index_;
};

}  // namespace

MaskSchema mask_schema(const RestorePlan& plan) { return SchemaReader(plan).read(); }

MaskCheck check_mask(const BackupView& backup, const MaskOptions& options) {
  const RestorePlan plan = plan_restore(backup, {});
  const MaskSchema schema = mask_schema(plan);
  masking::CheckedRules checked = masking::check_rules(options, schema);
  const bool fits = checked.faults.empty();
  return {.faults = std::move(checked.faults),
          .columns = checked.plan.columns(),
          .subsets = fits ? subset_tables(plan, schema, checked.plan) : std::vector<SubsetTable>(),
          .tables = static_cast<std::uint64_t>(std::ranges::count_if(schema.tables, &MaskTable::has_rows))};
}

masking::MaskPlan plan_mask(const MaskOptions& options, bool strict, RestorePlan& plan) {
  MaskOptions given = options;
  given.strict = given.strict || strict;
  masking::MaskPlan mask = masking::require_rules(given, mask_schema(plan));
  if (!mask.keep_large_objects) {
    plan.large_object_names.reset();
    std::erase_if(plan.rows, [](const RowsEntry& rows) { return rows.table == nullptr; });
  }
  return mask;
}

}  // namespace holdfast::postgres
