#pragma once

#include <map>
#include <optional>
#include <stop_token>

#include "driver/postgres/restore/entries.hpp"
#include "driver/postgres/restore/owner_sessions.hpp"

namespace holdfast::postgres {

/// The sessions of one thread of a restore: the leader's, and owners' sessions as needed.
class Sessions {
 public:
  Sessions(const ConnInfo& leader, OwnerSessions& owners, const std::string& settings, const Context& context, std::stop_token stop = {});

  Connection& leader();
  /// Returns a session in its initial state. Without a fence, returns the leader's.
  Connection& of(const OwnerSessions::Owners& owners);
  void close_owners() { others_.clear(); }

 private:
  Connection open(const ConnInfo& info) const;

  const ConnInfo& info_;
  OwnerSessions& owners_;
  const std::string settings_;
  const Context& context_;
  const std::stop_token stop_;
  std::optional<Connection> leader_;
  std::map<OwnerSessions::Owners, Connection> others_;
};

/// Carries out entries of an archive, each in its session.
class EntryRunner {
 public:
  /// `tablespaces` tells whether the server has those that the archive names.
  EntryRunner(const Entries& entries, OwnerSessions& owners, bool tablespaces)
      : entries_(entries), owners_(owners), tablespaces_(tablespaces) {}

  /// Returns the settings for every session.
  std::string settings() const;
  /// Gives the session of an entry the rights that it needs. Call it from one thread, before run().
  void prepare(const pg_archive::TocEntry& entry, Connection& leader);
  /// Give the rights to load the rows of a table, and to fill a materialized view.
  void prepare_rows(const pg_archive::TocEntry& table);
  void prepare_refresh(const pg_archive::TocEntry& view);
  /// Throws an Error that names the entry.
  void run(const pg_archive::TocEntry& entry, Sessions& sessions);
  /// Carries out grants to roles other than the owner, before rows are loaded. Reports what the server refused after
  /// all of it.
  void grant_early(const pg_archive::TocEntry& grants, Connection& leader);

  /// Returns the owners whose session carries out an entry.
  OwnerSessions::Owners owners_of(const pg_archive::TocEntry& entry) const;

 private:
  bool by_owner(const pg_archive::TocEntry& entry) const;
  std::string own_settings(const pg_archive::TocEntry& entry, int server_version) const;
  void carry_out(const pg_archive::TocEntry& entry, Sessions& sessions);
  void hand_over(const pg_archive::TocEntry& entry, Connection& leader);
  void let_read(const pg_archive::TocEntry& view, std::set<int>& seen);
  void lend(const pg_archive::TocEntry& entry);
  void lend_granted(const pg_archive::TocEntry& grants);
  void let_use(const pg_archive::TocEntry& other, const OwnerSessions::Owners& owners);
  std::string schema_of(const pg_archive::TocEntry& entry, Connection& leader);

  const Entries& entries_;
  OwnerSessions& owners_;
  const bool tablespaces_;
  std::map<int, std::string> extension_schemas_;
};

}  // namespace holdfast::postgres
