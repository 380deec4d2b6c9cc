#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "driver/postgres/logical/large_object_load.hpp"
#include "driver/postgres/restore/entry_runner.hpp"
#include "driver/postgres/restore/masked_rows.hpp"
#include "driver/postgres/restore/restore_mark.hpp"
#include "driver/postgres/restore/restore_plan.hpp"
#include "driver/postgres/restore/rows_in.hpp"
#include "driver/postgres/restore/schedule.hpp"
#include "mask/mask_count.hpp"

namespace holdfast::postgres {

/// Loads the rows of a backup, each entry in a transaction of its own, and compares their number with the recorded one.
class RowLoader {
 public:
  /// Borrows all of it. `mask` may be null.
  RowLoader(const RestorePlan& plan, const BackupView& backup, const Entries& entries, OwnerSessions& owners, const RestoreMark& mark,
            const masking::MaskPlan* mask, Context& context);

  /// Gives the rights to load every table. Empties those that an interrupted restore did not fill. One thread.
  void prepare(EntryRunner& runner, Sessions& sessions);
  /// Returns all that there is to load, except the large objects' names.
  std::vector<Load> loads() const;
  /// Return one entry of rows as a part of the restore; the large objects without their contents. Safe from many
  /// threads.
  Part part(const RowsEntry& rows);
  /// `adjust` is SQL that changes what was loaded before it is applied; may be empty.
  Part large_object_names(const RowsEntry& rows, bool with_owner, const std::string& adjust);

  /// Returns a report of what was loaded. Call it after the last part.
  RestoreReport report() const;
  /// Returns how much data belongs to a table, by its dump id.
  std::uint64_t bytes_of(int table) const;

 private:
  const pg_archive::TocEntry* destination(const RowsEntry& rows) const;
  void load(const RowsEntry& rows, Sessions& sessions, Names names);
  static bool begin_emptied(Connection& connection, const Table& table);
  void load_table(Connection& connection, const RowsEntry& rows, bool freeze);
  void load_extension(Connection& leader, const RowsEntry& rows);
  void load_large_objects(Connection& connection, const RowsEntry& rows, const LargeObjectLoad& load);
  std::string load_reduced(const RowsEntry& rows, Sessions& sessions, const ServerError& failure);
  std::string load_through_root(const RowsEntry& rows, Sessions& sessions);
  void empty_incomplete(Sessions& sessions);
  void empty(const RowsEntry& rows, Sessions& sessions);
  bool is_first(const EntryRecord& entry);
  void feed(const RowsEntry& rows, RowsIn into, MaskedRows* masked = nullptr);
  void note_masked(const RowsEntry& rows, const masking::TablePlan& table, const masking::RowMask& done);
  void note_loaded(const RowsEntry& rows);

  const RestorePlan& plan_;
  const BackupView& backup_;
  const Entries& entries_;
  OwnerSessions& owners_;
  const RestoreMark& mark_;
  const masking::MaskPlan* mask_;
  Context& context_;
  std::map<int, std::uint64_t> bytes_of_;
  std::set<const RowsEntry*> there_;  // from an interrupted restore
  mutable std::mutex mutex_;          // guards the members below
  std::uint64_t loaded_entries_ = 0, loaded_bytes_ = 0, loaded_rows_ = 0;
  std::map<const Table*, std::size_t> loaded_;  // entries of each table
  std::set<const EntryRecord*> tried_;
  masking::MaskCount masked_;
};

}  // namespace holdfast::postgres
