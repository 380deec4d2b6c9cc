#pragma once

#include <set>
#include <string>

#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/restore/restore_plan.hpp"

namespace holdfast::postgres {

/// Marks a database as half restored: a schema that exists while a restore runs, and for ever if it does not finish.
/// It has the name of the backup and the entries of rows that are loaded, so that a later restore can resume. Only the
/// restoring role may use it. Restored objects need no record: that they exist tells enough.
class RestoreMark {
 public:
  /// Returns whether the connection's database is marked.
  static bool exists(Connection& connection);

  /// Marks a database for the restore of a backup's source. `mask` identifies the rules and key of a masked restore; it
  /// is empty for others.
  static RestoreMark make(Connection& leader, const BackupView& backup, const std::string& mask);
  /// Reads the mark of an interrupted restore. Throws Error{invalid_state} if there is none, or one of another backup,
  /// or one with another mask: one table must not have raw values, or values of another key, in a part of its rows.
  static RestoreMark resume(Connection& leader, const BackupView& backup, const std::string& mask);

  bool resumed() const noexcept { return resumed_; }
  bool loaded(const std::string& entry) const { return loaded_.contains(entry); }
  /// Records an entry after its rows were committed. If the server crashes in between, the rows are there and the
  /// record is not: a resumed restore empties each table that has an entry without a record, and loads it anew.
  static void note_loaded(Connection& leader, const std::string& entry);
  /// Records that rows went into other tables than recorded: a resumed restore then loads everything anew.
  static void note_moved(Connection& leader);
  static void remove(Connection& leader);

 private:
  bool resumed_ = false;
  std::set<std::string> loaded_;
};

}  // namespace holdfast::postgres
