#pragma once

#include <map>
#include <optional>
#include <stop_token>

#include "driver/postgres/restore/borrowed_rights.hpp"
#include "driver/postgres/restore/deferred.hpp"
#include "driver/postgres/restore/entries.hpp"
#include "driver/postgres/restore/owner_sessions.hpp"

namespace holdfast::postgres {

struct SessionSettings {
  std::string initial;      ///< statements that begin every session
  std::string search_path;  ///< of sessions at the source
};

/// The sessions of one thread of a restore: the leader's, and owners' sessions as needed.
class Sessions {
 public:
  Sessions(const ConnInfo& leader, OwnerSessions& owners, const SessionSettings& settings, const Context& context,
           std::stop_token stop = {});

  /// Both return a session in its initial state. Without a fence, of() returns the leader's.
  Connection& leader();
  Connection& of(const OwnerSessions::Owners& owners);
  /// The same with a search path as at the source, where the backup's extensions and `schema` are found as well.
  Connection& searching(const OwnerSessions::Owners& owners, const std::string& schema);
  Connection& of(const OwnerSessions::Owners& owners, Names names, const std::string& schema) {
    return names == Names::by_schema ? of(owners) : searching(owners, schema);
  }
  void close_owners() { others_.clear(); }
  /// Whether the server may build an index with several processes, which costs more CPU time in all. From the next
  /// session on that is returned.
  void let_share_work(bool on) { share_work_ = on; }

 private:
  Connection open(const ConnInfo& info) const;
  void begin(Connection& connection) const;

  const ConnInfo& info_;
  OwnerSessions& owners_;
  const SessionSettings settings_;
  const Context& context_;
  const std::stop_token stop_;
  std::optional<Connection> leader_;
  bool leader_searches_ = false, leader_shares_ = true, share_work_ = true;
  std::map<OwnerSessions::Owners, Connection> others_;
};

/// Carries out entries of an archive, each in its session.
class EntryRunner {
 public:
  /// `tablespaces` tells whether the server has those that the archive names, `resumed` whether objects may be there
  /// from an interrupted restore of the same backup.
  EntryRunner(const Entries& entries, OwnerSessions& owners, BorrowedRights& rights, bool tablespaces, bool resumed)
      : entries_(entries), owners_(owners), rights_(rights), tablespaces_(tablespaces), resumed_(resumed) {}

  /// Returns the statements that begin every session.
  std::string settings() const;
  /// Returns an entry as a part of the restore. Borrows the runner and `leader`.
  Part part(const pg_archive::TocEntry& entry, Connection& leader);
  /// Gives the session of an entry the rights that it needs. One thread: parts that were not prepared run there, too.
  void prepare(const pg_archive::TocEntry& entry, Connection& leader);
  /// Give the rights to load the rows of a table, and to fill a materialized view. One thread.
  void prepare_rows(const pg_archive::TocEntry& table);
  void prepare_refresh(const pg_archive::TocEntry& view);
  /// Subjects owners of tables to row security, as the backup's were: those who hold their tables themselves, or those
  /// whom stand-ins represent. These escape it, as the superusers do whom they represent.
  void secure(bool held, Sessions& sessions, Deferred& deferred);
  /// Carries out grants to roles other than the owner, before rows are loaded. Reports what the server refused after
  /// all of it.
  void grant_early(const pg_archive::TocEntry& grants, Connection& leader);
  /// Carries out grants that take rights from everybody. Returns false if the server refused any, as it does if their
  /// object is not there yet. Leaves it to grants_part() to report that.
  bool revoke_early(const pg_archive::TocEntry& grants, Connection& leader);
  /// Returns the final grants as a part of the restore. Borrows `leader`.
  Part grants_part(const pg_archive::TocEntry& grants, Connection& leader);

  /// Returns the owners whose session carries out an entry.
  OwnerSessions::Owners owners_of(const pg_archive::TocEntry& entry) const;

 private:
  struct Progress {
    bool prepared = false, created = false, owned = false;
  };
  std::string last_dependency(const pg_archive::TocEntry& entry) const;
  bool by_owner(const pg_archive::TocEntry& entry) const;
  std::string own_settings(const pg_archive::TocEntry& entry, Names names, int server_version) const;
  void run(const pg_archive::TocEntry& entry, Sessions& sessions, Connection& leader, Names names);
  void carry_out(const pg_archive::TocEntry& entry, Progress& progress, Sessions& sessions, Names names);
  void create(const pg_archive::TocEntry& entry, Sessions& sessions, Names names);
  std::string reduce(const pg_archive::TocEntry& entry, Sessions& sessions, const ServerError& failure);
  std::string reduce_table(const pg_archive::TocEntry& entry, Sessions& sessions);
  void hand_over(const pg_archive::TocEntry& entry, Connection& leader);
  void give(const std::string& object, const std::string& schema, const std::string& owner, Connection& leader);
  void let_read(const pg_archive::TocEntry& view, std::set<int>& seen);
  void lend(const pg_archive::TocEntry& entry);
  static std::vector<std::string> grant_each(const pg_archive::TocEntry& grants, Connection& leader);
  void lend_granted(const pg_archive::TocEntry& grants);
  void let_use(const pg_archive::TocEntry& other, const OwnerSessions::Owners& owners);
  std::string schema_of(const pg_archive::TocEntry& entry, Connection& leader);

  const Entries& entries_;
  OwnerSessions& owners_;
  BorrowedRights& rights_;
  const bool tablespaces_, resumed_;
  std::map<int, Progress> progress_;  // by dump id; threads work on different entries, and only one adds
  std::map<int, std::string> extension_schemas_;
  std::map<const pg_archive::TocEntry*, std::string> forced_;  // statements for secure()
  std::set<const pg_archive::TocEntry*> secured_;
};

}  // namespace holdfast::postgres
