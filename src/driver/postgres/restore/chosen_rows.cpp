#include "driver/postgres/restore/chosen_rows.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/parallel.hpp"
#include "driver/postgres/restore/mask_schema.hpp"
#include "driver/postgres/restore/row_fields.hpp"
#include "mask/subset.hpp"

namespace holdfast::postgres {

namespace {

void read_rows(const BackupView& backup, const RowsEntry& rows, masking::Subset& subset, Context& context) {
  const RelationName name{rows.table->schema, rows.table->name};
  RowFields fields(subset.wanted(name));
  const std::unique_ptr<Reader> reader = backup.open(*rows.entry);
  Bytes buffer(256U << 10);
  while (const std::size_t got = reader->read(buffer)) {
    context.check();
    fields.add(ByteView(buffer).first(got), [&](std::span<const RowFields::Row> found) {
      for (const RowFields::Row& row : found) subset.add(name, row.fields);
    });
  }
  fields.finish();
}

}  // namespace

void choose_rows(const BackupView& backup, const RestorePlan& plan, masking::MaskPlan& mask, Context& context) {
  if (!mask.chooses_rows()) return;
  context.phase("choosing rows");
  std::set<RelationName> loaded;
  for (const RowsEntry& rows : plan.rows) {
    if (rows.table != nullptr) loaded.emplace(rows.table->schema, rows.table->name);
  }
  const masking::MaskSchema schema = mask_schema(plan);
  masking::Subset subset(schema, mask, {loaded.begin(), loaded.end()});
  for (auto round = subset.next_round(); !round.empty(); round = subset.next_round()) {
    const std::set<RelationName> tables(round.begin(), round.end());
    std::vector<const RowsEntry*> entries;
    for (const RowsEntry& rows : plan.rows) {
      if (rows.table != nullptr && tables.contains({rows.table->schema, rows.table->name})) entries.push_back(&rows);
    }
    parallel_for(entries.size(), context.jobs(), [&](std::size_t at) { read_rows(backup, *entries[at], subset, context); });
  }
  subset.give_to(mask);
}

std::vector<SubsetTable> subset_tables(const RestorePlan& plan, const masking::MaskSchema& schema, const masking::MaskPlan& mask) {
  std::map<RelationName, std::uint64_t> stored;
  for (const RowsEntry& rows : plan.rows) {
    if (rows.table != nullptr) stored[{rows.table->schema, rows.table->name}] += rows.recorded.rows;
  }
  std::map<RelationName, SubsetTable> found;
  for (const masking::MaskTable& table : schema.tables) {
    const masking::TablePlan* const rules = mask.find(table.schema, table.name);
    if (!table.has_rows || rules == nullptr || rules->rows.kind != masking::RowRule::Kind::choose) continue;
    const RelationName root = masking::root_of(table);
    SubsetTable& subset = found[root];
    subset.table = root.first + "." + root.second;
    subset.rows += stored[masking::name_of(table)];
    subset.chosen = std::min(subset.rows, rules->rows.count);
  }
  std::vector<SubsetTable> tables;
  for (auto& [name, subset] : found) tables.push_back(std::move(subset));
  return tables;
}

}  // namespace holdfast::postgres
