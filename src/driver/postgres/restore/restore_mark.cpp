#include "driver/postgres/restore/restore_mark.hpp"

#include "driver/postgres/client/names.hpp"

namespace holdfast::postgres {

namespace {

constexpr const char* kMoved = "*";  // no entry has this name

std::string name_of(const BackupView& backup, const std::string& mask) {
  return backup.manifest().id + " " + backup.source().name + (mask.empty() ? "" : " with mask " + mask);
}

// Held as long as the leader's session: nobody resumes what is still running.
void lock(Connection& leader) {
  constexpr const char* kLock = "SELECT pg_catalog.pg_try_advisory_lock(7236275014)";
  if (leader.query(kLock).flag(0, 0)) return;
  throw Error(ErrorCode::conflict,
              "another restore into database " + quote_identifier(leader.database()) + " is running: wait for its end");
}

}  // namespace

bool RestoreMark::exists(Connection& connection) {
  return !connection.query("SELECT pg_catalog.to_regnamespace('holdfast_restore_incomplete')").is_null(0, 0);
}

RestoreMark RestoreMark::make(Connection& leader, const BackupView& backup, const std::string& mask) {
  lock(leader);
  leader.query("CREATE SCHEMA holdfast_restore_incomplete; CREATE TABLE holdfast_restore_incomplete.backup AS SELECT " +
               quote_literal(name_of(backup, mask)) +
               "::pg_catalog.text AS name; CREATE TABLE holdfast_restore_incomplete.loaded (entry pg_catalog.text)");
  return {};
}

RestoreMark RestoreMark::resume(Connection& leader, const BackupView& backup, const std::string& mask) {
  const std::string database = "database " + quote_identifier(leader.database());
  if (!exists(leader))
    throw Error(ErrorCode::invalid_state, database + " has no mark of an interrupted restore: there is nothing to resume");
  if (leader.query("SELECT pg_catalog.to_regclass('holdfast_restore_incomplete.loaded')").is_null(0, 0)) {
    throw Error(ErrorCode::invalid_state, database + " was half restored by another version: drop it, and restore into a new one");
  }
  const Rows named = leader.query("SELECT name FROM holdfast_restore_incomplete.backup");
  if (named.size() != 1 || named.text(0, 0) != name_of(backup, mask)) {
    throw Error(ErrorCode::invalid_state, database + " is half restored from another backup or with another mask" +
                                              (named.size() == 1 ? ", " + named.text(0, 0) : "") + ": resume that one, or drop it");
  }
  lock(leader);
  RestoreMark mark;
  mark.resumed_ = true;
  const Rows entries = leader.query("SELECT entry FROM holdfast_restore_incomplete.loaded");
  for (int row = 0; row < entries.size(); ++row) mark.loaded_.insert(entries.text(row, 0));
  if (mark.loaded_.contains(kMoved)) mark.loaded_.clear();
  return mark;
}

void RestoreMark::note_loaded(Connection& leader, const std::string& entry) {
  leader.query("INSERT INTO holdfast_restore_incomplete.loaded VALUES (" + quote_literal(entry) + ")");
}

void RestoreMark::note_moved(Connection& leader) { note_loaded(leader, kMoved); }

void RestoreMark::remove(Connection& leader) {
  leader.query(
      "DROP TABLE holdfast_restore_incomplete.backup, holdfast_restore_incomplete.loaded; DROP SCHEMA holdfast_restore_incomplete");
}

}  // namespace holdfast::postgres
