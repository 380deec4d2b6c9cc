#include "driver/postgres/proof/masked_content.hpp"

#include <fmt/format.h>

#include <mutex>

#include "base/parallel.hpp"
#include "driver/postgres/client/names.hpp"
#include "driver/postgres/logical/streams.hpp"
#include "driver/postgres/restore/masked_rows.hpp"

namespace holdfast::postgres {

namespace {

// The rows that the mask keeps, with null in all columns that it changes.
masking::TablePlan with_nulls(masking::TablePlan table) {
  for (masking::TablePlan::Column& column : table.columns) {
    column.rule = {.kind = masking::RuleKind::null};
    column.subject.reset();
  }
  return table;
}

RowSum read_entry(const BackupView& backup, const EntryRecord& entry, MaskedRows& masked, const RowKey& key, Context& context) {
  RowSplitter rows(key);
  const std::unique_ptr<Reader> reader = backup.open(entry);
  Bytes buffer(256U << 10);
  while (const std::size_t got = reader->read(buffer)) {
    context.check();
    rows.add(masked.mask(ByteView(buffer).first(got)));
  }
  rows.add(masked.finish());
  return rows.finish();
}

}  // namespace

MaskedContent::MaskedContent(const BackupView& backup, const RestorePlan& plan, const masking::MaskPlan& mask, Context& context)
    : mask_(mask), expected_(plan.catalog) {
  context.phase("reading masked tables");
  if (!mask.keep_large_objects) expected_.large_objects = {};
  std::map<RelationName, Table*> tables;
  for (Table& table : expected_.tables) {
    if (mask.find(table.schema, table.name) == nullptr) continue;
    table.proof = {};
    tables[{table.schema, table.name}] = &table;
  }
  std::vector<const RowsEntry*> entries;
  for (const RowsEntry& rows : plan.rows) {
    if (rows.table != nullptr && tables.contains({rows.table->schema, rows.table->name})) entries.push_back(&rows);
  }
  const RowKey key(plan.catalog.row_key);
  std::mutex mutex;
  parallel_for(entries.size(), context.jobs(), [&](std::size_t at) {
    const RelationName name{entries[at]->table->schema, entries[at]->table->name};
    const masking::TablePlan table = with_nulls(*mask.find(name.first, name.second));
    MaskedRows masked(mask, table);
    const RowSum sum = read_entry(backup, *entries[at]->entry, masked, key, context);
    const std::lock_guard lock(mutex);
    tables.at(name)->proof.add(sum);
    counts_.add(name, table, masked.done());
  });
}

void MaskedContent::hide_masked(Catalog& restored) const {
  for (Table& table : restored.tables) {
    const masking::TablePlan* const masked = mask_.find(table.schema, table.name);
    if (masked == nullptr) continue;
    for (const masking::TablePlan::Column& column : masked->columns) table.hidden.insert(column.about.name);
  }
}

// Rows that are loaded through a partition root may be in another partition now: such a tree is counted as one.
void MaskedContent::compare_counts(Connection& restored, ProofReport& report) const {
  std::map<RelationName, std::map<std::string, std::uint64_t>> places;
  std::set<RelationName> trees;
  for (const Table& table : expected_.tables) {
    const masking::TablePlan* const masked = mask_.find(table.schema, table.name);
    if (masked == nullptr) continue;
    if (!table.root.empty()) trees.insert(row_destination(table));
    for (const masking::TablePlan::Column& column : masked->columns) {
      const bool becomes_null = column.rule.kind == masking::RuleKind::null;
      places[row_destination(table)][column.about.name] += becomes_null ? 0 : counts_.values({table.schema, table.name}, column.index);
    }
  }
  for (const auto& [name, columns] : places) {
    std::string list;
    for (const auto& [column, values] : columns) list += (list.empty() ? "count(" : ", count(") + quote_identifier(column) + ")";
    const std::string relation = qualified(name.first, name.second);
    try {
      const Rows found = restored.query("SELECT " + list + " FROM " + (trees.contains(name) ? "" : "ONLY ") + relation, Wait::unlimited);
      int at = 0;
      for (const auto& [column, values] : columns) {
        const std::uint64_t there = found.number(0, at++);
        if (there == values) continue;
        report.faults.push_back({"column " + relation + "." + quote_identifier(column),
                                 fmt::format("has {} values that are not null, {} were masked", there, values)});
      }
    } catch (const ServerError& error) {  // the table or a column is missing
      report.faults.push_back({"table " + relation, "its masked values can't be counted: " + error.message()});
    }
  }
}

}  // namespace holdfast::postgres
