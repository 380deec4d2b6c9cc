#include "driver/postgres/restore/restore_plan.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "driver/postgres/archive/archive_data.hpp"
#include "driver/postgres/archive/archive_selection.hpp"
#include "driver/postgres/client/copy_text.hpp"
#include "driver/postgres/client/names.hpp"
#include "driver/postgres/logical/streams.hpp"

namespace holdfast::postgres {

namespace {

Bytes read_entry(const BackupView& backup, const std::string& name) {
  constexpr std::uint64_t kLimit = std::uint64_t{2} << 30;  // DDL, not data
  const EntryRecord* entry = backup.find(name);
  if (entry == nullptr) throw Error(ErrorCode::corrupt, "backup " + backup.manifest().id + " has no entry '" + name + "'");
  const std::unique_ptr<Reader> reader = backup.open(*entry);
  return read_all(*reader, kLimit);
}

RowSum recorded_sum(const EntryRecord& entry) {
  const auto rows = entry.attributes.find("rows"), sum = entry.attributes.find("row_sum");
  if (rows == entry.attributes.end() || sum == entry.attributes.end()) {
    throw Error(ErrorCode::corrupt, "entry '" + entry.name + "' has no row count or sum");
  }
  return RowSum::from(number_of(rows->second), sum->second);
}

void plan_rows(RestorePlan& plan, const BackupView& backup, const TableFilter& filter) {
  std::map<RelationName, const Table*> tables;
  for (const Table& table : plan.catalog.tables) tables[{table.schema, table.name}] = &table;
  std::map<const Table*, int> pieces;
  for (const EntryRecord* entry : backup.entries()) {
    if (entry->kind != "copy") continue;
    RowsEntry rows{entry, nullptr, recorded_sum(*entry)};
    if (entry->name == kLargeObjectNames) {
      if (plan.large_objects) plan.large_object_names = rows;
      continue;
    }
    if (entry->name.starts_with(kLargeObjectContents)) {
      if (plan.large_objects) plan.rows.push_back(rows);
      continue;
    }
    const RelationName name{name_from_text(entry->attributes.at("schema"), plan.catalog.encoding),
                            name_from_text(entry->attributes.at("table"), plan.catalog.encoding)};
    const auto found = tables.find(name);
    if (found == tables.end()) throw Error(ErrorCode::corrupt, "entry '" + entry->name + "' belongs to no table of the backup's catalog");
    if (!filter.matches(name, found->second->ancestors)) continue;
    rows.table = found->second;
    ++pieces[rows.table];
    plan.rows.push_back(rows);
  }
  for (RowsEntry& rows : plan.rows) rows.whole_table = rows.table != nullptr && pieces[rows.table] == 1;
  std::stable_sort(plan.rows.begin(), plan.rows.end(),
                   [](const RowsEntry& a, const RowsEntry& b) { return a.entry->plain_bytes > b.entry->plain_bytes; });
}

using pg_archive::view;

RelationName name_of(const pg_archive::TocEntry& entry) { return {std::string(view(entry.schema)), std::string(view(entry.tag))}; }

// Rows that are loaded through a partition root may belong to any partition, so the whole tree must exist, even if only
// a part was chosen.
std::set<int> trees_with_moving_rows(const RestorePlan& plan, const TableFilter& filter) {
  std::set<RelationName> roots;
  for (const Table& table : plan.catalog.tables) {
    if (!table.root.empty() && filter.matches({table.schema, table.name}, table.ancestors)) roots.emplace(table.root_schema, table.root);
  }
  std::set<int> trees;
  if (roots.empty()) return trees;
  std::vector<int> open;
  for (const pg_archive::TocEntry& entry : plan.toc.entries) {
    if (view(entry.desc) == "TABLE" && roots.contains(name_of(entry))) open.push_back(entry.dump_id);
  }
  auto partitions = pg_archive::partitions_by_parent(plan.toc);
  while (!open.empty()) {
    const int id = open.back();
    open.pop_back();
    trees.insert(id);
    open.insert(open.end(), partitions[id].begin(), partitions[id].end());
  }
  return trees;
}

// A pattern that matches nothing is mostly a spelling mistake.
void require_matches(const RestorePlan& plan, const BackupView& backup, const TableFilter& filter) {
  std::vector<RelationName> names;
  for (const Table& table : plan.catalog.tables) {
    names.emplace_back(table.schema, table.name);
    names.insert(names.end(), table.ancestors.begin(), table.ancestors.end());
  }
  if (const auto missing = filter.unmatched(names); !missing.empty()) {
    throw Error(ErrorCode::not_found, "no table of backup " + backup.manifest().id + " matches '" + missing.front() + "'");
  }
}

// Restores only the named tables, what they need and what belongs to them, according to the archive's dependencies.
pg_archive::Selection narrow(const RestorePlan& plan, const TableFilter& filter) {
  std::vector<pg_archive::RelationName> chosen;
  for (const Table& table : plan.catalog.tables) {
    if (filter.matches({table.schema, table.name}, table.ancestors)) chosen.push_back({table.schema, table.name});
  }
  if (chosen.empty()) throw Error(ErrorCode::not_found, "the selection leaves no table of the backup");
  const std::set<int> trees = trees_with_moving_rows(plan, filter);
  for (const pg_archive::TocEntry& entry : plan.toc.entries) {
    if (const RelationName name = name_of(entry); trees.contains(entry.dump_id)) chosen.push_back({name.first, name.second});
  }
  return pg_archive::select_entries(plan.toc, chosen);
}

// Restores everything except the named tables and what cannot exist without them: their indexes, foreign keys to them,
// views of them.
pg_archive::Selection leave_out(const RestorePlan& plan, const TableFilter& filter) {
  std::set<RelationName> excluded(plan.catalog.excluded.begin(), plan.catalog.excluded.end());
  for (const Table& table : plan.catalog.tables) {
    if (!filter.matches({table.schema, table.name}, table.ancestors)) excluded.emplace(table.schema, table.name);
  }
  const std::set<int> trees = trees_with_moving_rows(plan, filter);
  std::set<int> dropped;
  for (const pg_archive::TocEntry& entry : plan.toc.entries) {
    if (view(entry.desc) == "TABLE" && !trees.contains(entry.dump_id) &&
        (excluded.contains(name_of(entry)) || !filter.matches(name_of(entry), {})))
      dropped.insert(entry.dump_id);
  }
  for (std::size_t before = 0; before != dropped.size();) {
    before = dropped.size();
    for (const pg_archive::TocEntry& entry : plan.toc.entries) {
      const auto gone = [&](int id) { return dropped.contains(id); };
      if (std::any_of(entry.dependencies.begin(), entry.dependencies.end(), gone)) dropped.insert(entry.dump_id);
    }
  }
  pg_archive::Selection selection;
  for (const pg_archive::TocEntry& entry : plan.toc.entries) {
    if (!dropped.contains(entry.dump_id)) {
      selection.dump_ids.push_back(entry.dump_id);
    } else if (view(entry.desc).ends_with("VIEW") || view(entry.desc) == "FK CONSTRAINT") {
      selection.left_out.push_back(std::string(view(entry.desc)) + " " + std::string(view(entry.tag)) + ": needs a table that is left out");
    }
  }
  return selection;
}

void plan_selection(RestorePlan& plan, const TableFilter& filter) {
  const pg_archive::Selection selection = plan.catalog.narrowed || filter.narrows() ? narrow(plan, filter) : leave_out(plan, filter);
  plan.list = pg_archive::restore_list(selection);
  plan.left_out = selection.left_out;
  plan.dump_ids.insert(selection.dump_ids.begin(), selection.dump_ids.end());
  std::set<RelationName> sequences, views;
  for (const pg_archive::TocEntry& entry : plan.toc.entries) {
    if (!plan.dump_ids.contains(entry.dump_id)) continue;
    if (view(entry.desc) == "SEQUENCE") sequences.insert(name_of(entry));
    if (view(entry.desc) == "MATERIALIZED VIEW") views.insert(name_of(entry));
  }
  std::erase_if(plan.sequences, [&](const Sequence& sequence) { return !sequences.contains({sequence.schema, sequence.name}); });
  std::erase_if(plan.materialized_views, [&](const MaterializedView& item) { return !views.contains({item.schema, item.name}); });
}

}  // namespace

std::uint64_t RestorePlan::plain_bytes() const {
  std::uint64_t total = 0;
  for (const RowsEntry& item : rows) total += item.entry->plain_bytes;
  return total;
}

int RestorePlan::dump_major() const { return std::atoi(std::string(view(toc.header.dump_version)).c_str()); }

Catalog read_catalog_entry(const BackupView& backup) { return catalog_from_json(as_text(read_entry(backup, "catalog.json"))); }

RestorePlan plan_restore(const BackupView& backup, const Selection& selection) {
  const TableFilter filter(selection);
  RestorePlan plan;
  plan.catalog = read_catalog_entry(backup);
  plan.archive = read_entry(backup, "schema.dump");
  const std::unique_ptr<Reader> archive = memory_reader(ByteView(plan.archive));
  plan.toc = pg_archive::read_toc(*archive);
  plan.everything = !plan.catalog.partial() && filter.selects_everything();
  plan.large_objects = !plan.catalog.narrowed && !filter.narrows();
  plan.sequences = plan.catalog.sequences;
  plan.materialized_views = plan.catalog.materialized_views;
  require_matches(plan, backup, filter);
  if (!plan.everything) plan_selection(plan, filter);
  plan_rows(plan, backup, filter);
  return plan;
}

}  // namespace holdfast::postgres
