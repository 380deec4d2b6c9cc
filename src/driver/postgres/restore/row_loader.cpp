#include "driver/postgres/restore/row_loader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "driver/postgres/client/names.hpp"
#include "driver/postgres/logical/streams.hpp"
#include "driver/postgres/restore/violated_check.hpp"

namespace holdfast::postgres {

using pg_archive::TocEntry;
using pg_archive::view;

namespace {

constexpr std::uint64_t kWorthTurning = 64U << 10;  // less costs more than it saves: a query for types
constexpr std::uint64_t kWorthFreezing = 4U << 20;  // less costs more than it saves: a new file
constexpr int kMostViolated = 16;                   // constraints that one entry's rows may violate

std::string object_of(const RowsEntry& rows) {
  if (rows.table == nullptr) return "large objects (" + rows.entry->name + ")";
  const std::string table = "rows of " + rows.table->schema + "." + rows.table->name;
  return rows.whole_table ? table : table + " (" + rows.entry->name + ")";
}

}  // namespace

RowLoader::RowLoader(const RestorePlan& plan, const BackupView& backup, const Entries& entries, OwnerSessions& owners,
                     const RestoreMark& mark, const masking::MaskPlan* mask, Context& context)
    : plan_(plan), backup_(backup), entries_(entries), owners_(owners), mark_(mark), mask_(mask), context_(context) {}

void RowLoader::prepare(EntryRunner& runner, Sessions& sessions) {
  for (const RowsEntry& rows : plan_.rows) {
    const TocEntry* table = destination(rows);
    if (table == nullptr) continue;
    bytes_of_[table->dump_id] += rows.entry->plain_bytes;
    runner.prepare_rows(*table);
  }
  owners_.let_read_extensions(sessions.leader());
  if (mark_.resumed()) empty_incomplete(sessions);
}

// A table is filled if every entry of rows that goes into it was recorded.
void RowLoader::empty_incomplete(Sessions& sessions) {
  std::map<RelationName, std::vector<const RowsEntry*>> by_table;
  for (const RowsEntry& rows : plan_.rows) {
    if (rows.table != nullptr) by_table[row_destination(*rows.table)].push_back(&rows);
  }
  for (const auto& [name, entries] : by_table) {
    if (std::ranges::all_of(entries, [&](const RowsEntry* rows) { return mark_.loaded(rows->entry->name); })) {
      there_.insert(entries.begin(), entries.end());
    } else if (!sessions.leader().query("SELECT pg_catalog.to_regclass($1)", {qualified(name.first, name.second)}).is_null(0, 0)) {
      empty(*entries.front(), sessions);
    }
  }
}

// The table may have triggers by now: only its owner's session may fire them.
void RowLoader::empty(const RowsEntry& rows, Sessions& sessions) {
  const auto [schema, name] = row_destination(*rows.table);
  const std::string relation = (rows.table->root.empty() ? "ONLY " : "") + qualified(schema, name);
  const TocEntry* entry = destination(rows);
  if (entry == nullptr) {  // of an extension, whose script may have made other rows
    sessions.leader().query("DELETE FROM " + relation + " " + rows.table->filter, Wait::unlimited);
    return;
  }
  Connection& connection = sessions.of(owners_.owners({std::string(view(entry->owner))}));
  try {
    connection.query("TRUNCATE TABLE " + relation);
  } catch (const ServerError& error) {  // a foreign key refers to it
    if (ends_restore(error)) throw;
    connection.query("DELETE FROM " + relation, Wait::unlimited);
  }
}

std::uint64_t RowLoader::bytes_of(int table) const {
  const auto found = bytes_of_.find(table);
  return found == bytes_of_.end() ? 0 : found->second;
}

std::vector<Load> RowLoader::loads() const {
  std::vector<Load> loads;
  for (const RowsEntry& rows : plan_.rows) {
    const TocEntry* table = destination(rows);
    loads.push_back({&rows, table == nullptr ? 0 : table->dump_id});
  }
  return loads;
}

// Returns the table that a table's rows are loaded into: a partition root distributes them itself.
const TocEntry* RowLoader::destination(const RowsEntry& rows) const {
  if (rows.table == nullptr || rows.table->from_extension()) return nullptr;
  return entries_.relation(row_destination(*rows.table));
}

Part RowLoader::part(const RowsEntry& rows) {
  return {.object = object_of(rows),
          .run = [this, &rows](Sessions& sessions, Names names) { load(rows, sessions, names); },
          .reduce = [this, &rows](Sessions& sessions, const ServerError& failure) { return load_reduced(rows, sessions, failure); },
          .loads_rows = true,
          .first = Names::by_search_path};
}

Part RowLoader::large_object_names(const RowsEntry& rows, bool with_owner, const std::string& adjust) {
  LargeObjectLoad whole = load_names(with_owner);
  whole.adjust = adjust;
  return {.object = "large objects",
          .run = [this, &rows, whole](Sessions& sessions, Names) { load_large_objects(sessions.leader(), rows, whole); },
          .reduce = [this, &rows, with_owner](Sessions& sessions, const ServerError&) -> std::string {
            if (!with_owner) return "";
            load_large_objects(sessions.leader(), rows, load_names(false));
            return "some without their owner and grants";
          }};
}

void RowLoader::load(const RowsEntry& rows, Sessions& sessions, Names names) {
  if (there_.contains(&rows)) return note_loaded(rows);
  const TocEntry* table = destination(rows);
  if (rows.table == nullptr) {
    load_large_objects(sessions.leader(), rows, load_contents());
  } else if (table == nullptr) {
    load_extension(sessions.leader(), rows);
  } else {
    // Rows that are loaded in the transaction that truncated their table need no later vacuum and, on a server with
    // minimal WAL, no WAL.
    const bool freeze = rows.whole_table && rows.table->root.empty() && rows.entry->plain_bytes > kWorthFreezing;
    const auto owners = owners_.owners({std::string(view(table->owner))});
    load_table(sessions.of(owners, names, rows.table->schema), rows, freeze);
  }
  RestoreMark::note_loaded(sessions.leader(), rows.entry->name);
  note_loaded(rows);
}

// Begins a transaction that empties the table. Returns false, in no transaction, if the server refuses.
bool RowLoader::begin_emptied(Connection& connection, const Table& table) {
  try {
    connection.query("BEGIN; TRUNCATE TABLE ONLY " + qualified(table.schema, table.name));
    return true;
  } catch (const ServerError& error) {
    connection.query("ROLLBACK");
    if (ends_restore(error)) throw;
    return false;
  }
}

void RowLoader::load_table(Connection& connection, const RowsEntry& rows, bool freeze) {
  const std::string& encoding = plan_.catalog.encoding;
  freeze = freeze && begin_emptied(connection, *rows.table);
  if (!freeze) connection.query("BEGIN");
  try {
    const masking::TablePlan* const table = mask_ == nullptr ? nullptr : mask_->find(rows.table->schema, rows.table->name);
    std::optional<MaskedRows> masked;
    if (table != nullptr) masked.emplace(*mask_, *table);
    const bool turn = rows.entry->plain_bytes >= kWorthTurning;
    feed(rows, turn ? RowsIn(connection, *rows.table, encoding, freeze) : RowsIn(connection, copy_in_sql(*rows.table, encoding, freeze)),
         masked ? &*masked : nullptr);
    connection.query("COMMIT");
    if (masked) note_masked(rows, *table, masked->done());
  } catch (const ServerError&) {
    connection.query("ROLLBACK");
    throw;
  }
}

// The extension's script made the table with its foreign keys and triggers. The rows are consistent as they are: no
// trigger may change them, and their order may be any.
void RowLoader::load_extension(Connection& leader, const RowsEntry& rows) {
  constexpr const char* kCan = "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user";
  const bool quiet = leader.query(kCan).flag(0, 0);
  if (quiet) leader.query("SET session_replication_role = replica");
  try {
    load_table(leader, rows, false);
  } catch (const ServerError&) {
    if (quiet) leader.query("RESET session_replication_role");
    throw;
  }
  if (quiet) leader.query("RESET session_replication_role");
}

void RowLoader::load_large_objects(Connection& connection, const RowsEntry& rows, const LargeObjectLoad& load) {
  connection.query(load.drop);  // of an attempt that failed
  connection.query(load.table);
  feed(rows, RowsIn(connection, load.copy));
  if (!load.adjust.empty()) connection.query(load.adjust);
  apply_load(connection, load);
}

// Loads rows that violate a CHECK, and rows that belong to another partition here, for example because text sorts
// differently.
std::string RowLoader::load_reduced(const RowsEntry& rows, Sessions& sessions, const ServerError& failure) {
  if (destination(rows) == nullptr) return "";
  std::vector<ViolatedCheck> dropped;
  std::optional<ServerError> last = failure;
  while (last && dropped.size() < kMostViolated) {
    const std::optional<ViolatedCheck> check = ViolatedCheck::find(last->said(), *rows.table, entries_, sessions.leader());
    if (!check) break;
    check->drop(sessions, owners_);
    dropped.push_back(*check);
    try {
      load(rows, sessions, Names::by_schema);
      last.reset();
    } catch (const ServerError& error) {
      last = error;
    }
  }
  std::string names;
  for (const ViolatedCheck& check : dropped) {
    check.add_not_valid(sessions, owners_);
    names += (names.empty() ? "" : ", ") + check.name();
  }
  if (!last) return "all of them, with the constraint NOT VALID: " + names;
  return dropped.empty() ? load_through_root(rows, sessions) : "";
}

std::string RowLoader::load_through_root(const RowsEntry& rows, Sessions& sessions) {
  if (rows.table->ancestors.empty() || !rows.table->root.empty()) return "";
  Table table = *rows.table;
  std::tie(table.root_schema, table.root) = table.ancestors.back();
  RowsEntry through = rows;
  through.table = &table;
  const TocEntry* root = destination(through);
  if (root == nullptr) return "";
  load_table(sessions.of(owners_.owners({std::string(view(root->owner))})), through, false);
  RestoreMark::note_moved(sessions.leader());
  note_loaded(rows);
  return "all of them, through " + table.root_schema + "." + table.root + ": some belong to other partitions here";
}

// A second attempt is no progress.
bool RowLoader::is_first(const EntryRecord& entry) {
  const std::lock_guard lock(mutex_);
  return tried_.insert(&entry).second;
}

// The reader ends only if the content hash matches; the sum of the rows is for a proof, which reads them back.
void RowLoader::feed(const RowsEntry& rows, RowsIn into, MaskedRows* masked) {
  const bool first = is_first(*rows.entry);
  const std::unique_ptr<Reader> reader = backup_.open(*rows.entry);
  Bytes buffer(256U << 10);
  while (const std::size_t got = reader->read(buffer)) {
    const ByteView piece = ByteView(buffer).first(got);
    into.write(masked == nullptr ? piece : masked->mask(piece));
    if (first) context_.add_progress(got, 0);
  }
  if (masked != nullptr) into.write(masked->finish());
  const std::uint64_t taken = into.finish();
  const std::uint64_t sent = rows.recorded.rows - (masked == nullptr ? 0 : masked->done().dropped());
  if (taken != sent) throw Error(ErrorCode::target, fmt::format("the server took {} of {} rows", taken, sent));
}

void RowLoader::note_loaded(const RowsEntry& rows) {
  const std::lock_guard lock(mutex_);
  ++loaded_entries_;
  loaded_bytes_ += rows.entry->plain_bytes;
  if (rows.table == nullptr) return;
  loaded_rows_ += rows.recorded.rows;
  ++loaded_[rows.table];
}

void RowLoader::note_masked(const RowsEntry& rows, const masking::TablePlan& table, const masking::RowMask& done) {
  const RelationName name{rows.table->schema, rows.table->name};
  const std::lock_guard lock(mutex_);
  masked_.add(name, table, done);
}

RestoreReport RowLoader::report() const {
  std::map<const Table*, std::size_t> planned;
  for (const RowsEntry& rows : plan_.rows) ++planned[rows.table];
  const std::lock_guard lock(mutex_);
  const auto came = [&](const Table& table) {
    const auto wanted = planned.find(&table);
    const auto have = loaded_.find(&table);
    if (wanted == planned.end()) return plan_.everything;
    return have != loaded_.end() && have->second == wanted->second;
  };
  const auto tables = static_cast<std::uint64_t>(std::ranges::count_if(plan_.catalog.tables, came));
  std::uint64_t rows = loaded_rows_;
  rows -= masked_.dropped();
  return {.entries = loaded_entries_,
          .bytes = loaded_bytes_,
          .counts = {{"tables", tables}, {"rows", rows}},
          .mask = mask_ == nullptr ? MaskReport{} : masked_.report(*mask_)};
}

}  // namespace holdfast::postgres
