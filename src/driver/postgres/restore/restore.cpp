#include "driver/postgres/restore/restore.hpp"

#include <fmt/format.h>

#include <atomic>
#include <mutex>

#include "base/parallel.hpp"
#include "driver/postgres/logical/large_object_load.hpp"
#include "driver/postgres/logical/restore_steps.hpp"
#include "driver/postgres/logical/streams.hpp"
#include "driver/postgres/restore/entry_runner.hpp"
#include "driver/postgres/restore/preflight.hpp"
#include "driver/postgres/restore/roles.hpp"
#include "driver/postgres/restore/rows_in.hpp"
#include "driver/postgres/restore/schedule.hpp"
#include "driver/postgres/restore/trust.hpp"

namespace holdfast::postgres {

using pg_archive::TocEntry;
using pg_archive::view;

namespace {

// While a restore runs, and for ever if it does not finish, this schema marks the database as incomplete.
constexpr const char* kMark = "CREATE SCHEMA holdfast_restore_incomplete";
constexpr const char* kUnmark = "DROP SCHEMA holdfast_restore_incomplete";

class Restore {
 public:
  Restore(const ConnInfo& info, const RestorePlan& plan, const BackupView& backup, const RestoreOptions& options, bool fenced,
          const std::string& all_to, Context& context)
      : info_(info),
        plan_(plan),
        backup_(backup),
        options_(options),
        context_(context),
        key_(plan.catalog.row_key),
        leader_(info_, context),
        entries_(plan.toc, plan.dump_ids),
        fenced_(fenced),
        all_to_(options.owner     ? ""
                : !all_to.empty() ? all_to
                                  : session_role(leader_)) {}

  RestoreReport run() {
    leader_.query(kMark);
    if (options_.owner) create_roles();
    // Only now the roles of the sessions' owners exist.
    OwnerSessions owners(info_, leader_, all_to_, fenced_, context_);
    EntryRunner runner(entries_, owners, missing_tablespaces(leader_, plan_).empty());
    Sessions sessions(info_, owners, runner.settings(), context_);
    context_.phase("restoring the schema");
    make_schema(runner, sessions);
    context_.phase("restoring rows");
    context_.expect_bytes(plan_.plain_bytes());
    if (plan_.large_object_names) load_large_objects(leader_, *plan_.large_object_names, load_names(options_.owner));
    load_rows(runner, owners);
    for (const Sequence& sequence : plan_.sequences) leader_.query(set_sequence_sql(sequence));
    context_.phase("building indexes and constraints");
    build(runner, owners);
    refresh_views(runner, owners, sessions);
    sessions.close_owners();
    owners.finish();
    finish(runner, sessions);
    for (const std::string& line : plan_.left_out) warn(line);
    report_.where = "database " + quote_identifier(info_.database()) + " on PostgreSQL " + leader_.server_version_text();
    return std::move(report_);
  }

  void warn(std::string message) {
    context_.warn(message);
    report_.warnings.push_back(std::move(message));
  }

 private:
  std::string entry_text(const EntryRecord& entry) {
    const std::unique_ptr<Reader> reader = backup_.open(entry);
    return std::string(as_text(read_all(*reader, std::uint64_t{1} << 30)));
  }

  void create_roles() {
    const EntryRecord* globals = backup_.find("globals.sql");
    if (globals == nullptr) return;
    const Globals roles(entry_text(*globals));
    const std::string objects = plan_.large_object_names ? entry_text(*plan_.large_object_names->entry) : "";
    for (std::string& refused : roles.create(leader_, roles.needed_by(plan_, objects))) warn(std::move(refused));
  }

  void make_schema(EntryRunner& runner, Sessions& sessions) {
    for (const TocEntry* entry : entries_.of(Step::pre_data)) {
      context_.check();
      if (!options_.owner && view(entry->desc) == "ACL") continue;
      runner.prepare(*entry, leader_);
      runner.run(*entry, sessions);
    }
    if (!options_.owner) return;
    for (const TocEntry* entry : entries_.of(Step::grants)) runner.grant_early(*entry, leader_);
  }

  // Builds the objects that depend on the rows, on as many connections as there are jobs.
  void build(EntryRunner& runner, OwnerSessions& owners) {
    const std::vector<const TocEntry*>& todo = entries_.of(Step::post_data);
    for (const TocEntry* entry : todo) {
      runner.prepare(*entry, leader_);
      if (owners.fenced() && entries_.runner(*entry) == Runner::owner) owners.login(runner.owners_of(*entry));
    }
    Schedule schedule(entries_, todo, [this](const TocEntry& entry) { return rows_behind(entry); });
    const auto workers = static_cast<unsigned>(std::min<std::size_t>(context_.jobs(), todo.size()));
    const std::string settings = runner.settings();
    run_parallel(workers, context_, [&](unsigned, std::stop_token stop) {
      Sessions own(info_, owners, settings, context_, stop);
      while (const TocEntry* entry = schedule.take(stop)) {
        runner.run(*entry, own);
        schedule.done(*entry);
      }
    });
    context_.check();
  }

  // Returns how much data an index or a constraint has to read.
  std::uint64_t rows_behind(const TocEntry& entry) const {
    std::uint64_t most = 0;
    for (const int id : entry.dependencies) {
      const auto found = bytes_of_.find(id);
      if (found != bytes_of_.end()) most = std::max(most, found->second);
    }
    return most;
  }

  RowSum feed(const EntryRecord& entry, RowsIn into) {
    const std::unique_ptr<Reader> reader = backup_.open(entry);
    RowSplitter rows(key_);
    Bytes buffer(256U << 10);
    while (const std::size_t got = reader->read(buffer)) {
      const ByteView piece = ByteView(buffer).first(got);
      rows.add(piece);
      into.write(piece);
      context_.add_progress(got, 0);
    }
    const std::uint64_t taken = into.finish();
    const RowSum sum = rows.finish();
    if (taken != sum.rows) {
      throw Error(ErrorCode::target, fmt::format("the server took {} of {} rows", taken, sum.rows));
    }
    return sum;
  }

  void check_sum(const RowsEntry& rows, const RowSum& sum) {
    if (sum != rows.recorded) {
      throw Error(ErrorCode::corrupt,
                  fmt::format("the rows are not those that were backed up ({} rows, {} recorded)", sum.rows, rows.recorded.rows));
    }
  }

  void load_large_objects(Connection& connection, const RowsEntry& rows, const LargeObjectLoad& load) {
    connection.query(load.table);
    check_sum(rows, feed(*rows.entry, RowsIn(connection, load.copy)));
    apply_load(connection, load);
  }

  // Returns the table that a table's rows are loaded into: a partition root distributes them itself.
  const TocEntry* destination(const RowsEntry& rows) const {
    if (rows.table == nullptr || rows.table->from_extension()) return nullptr;
    return entries_.relation(row_destination(*rows.table));
  }

  void load_rows(EntryRunner& runner, OwnerSessions& owners) {
    for (const RowsEntry& rows : plan_.rows) {
      const TocEntry* table = destination(rows);
      if (table == nullptr) continue;
      runner.prepare_rows(*table);
      bytes_of_[table->dump_id] += rows.entry->plain_bytes;
    }
    std::atomic<std::size_t> next{0};
    const std::string settings = runner.settings();
    const auto workers = static_cast<unsigned>(std::min<std::size_t>(context_.jobs(), plan_.rows.size()));
    run_parallel(workers, context_, [&](unsigned, std::stop_token stop) {
      Sessions sessions(info_, owners, settings, context_, stop);
      for (std::size_t at = 0; (at = next++) < plan_.rows.size();) {
        const TocEntry* table = destination(plan_.rows[at]);
        try {
          load_entry(table == nullptr ? sessions.leader() : sessions.of(owners.owners({std::string(view(table->owner))})), plan_.rows[at]);
        } catch (const Error& error) {
          throw error.with_context(plan_.rows[at].entry->name);
        }
      }
    });
    const auto came = [&](const Table& table) { return plan_.everything || loaded_.contains(&table); };
    report_.counts = {{"tables", static_cast<std::uint64_t>(std::ranges::count_if(plan_.catalog.tables, came))}, {"rows", rows_}};
  }

  void load_entry(Connection& connection, const RowsEntry& rows) {
    if (rows.table == nullptr) {
      load_large_objects(connection, rows, load_contents());
    } else {
      // Rows that are loaded in the transaction that truncated their table need no later vacuum and, on a server with
      // minimal WAL, no WAL.
      const bool freeze =
          rows.whole_table && rows.table->root.empty() && !rows.table->from_extension() && rows.entry->plain_bytes > kWorthFreezing;
      if (freeze) connection.query("BEGIN; TRUNCATE TABLE ONLY " + qualified(rows.table->schema, rows.table->name));
      check_sum(rows, feed(*rows.entry, rows_into(connection, rows, freeze)));
      if (freeze) connection.query("COMMIT");
    }
    const std::lock_guard lock(mutex_);
    ++report_.entries;
    report_.bytes += rows.entry->plain_bytes;
    if (rows.table != nullptr) {
      rows_ += rows.recorded.rows;
      loaded_.insert(rows.table);
    }
  }

  RowsIn rows_into(Connection& connection, const RowsEntry& rows, bool freeze) {
    const std::string& encoding = plan_.catalog.encoding;
    if (rows.entry->plain_bytes < kWorthTurning) return {connection, copy_in_sql(*rows.table, encoding, freeze)};
    return {connection, *rows.table, encoding, freeze};
  }

  void refresh_views(EntryRunner& runner, OwnerSessions& owners, Sessions& sessions) {
    for (const MaterializedView& item : plan_.materialized_views) {
      if (!item.populated) continue;
      try {
        refresh(item, runner, owners, sessions);
      } catch (const ServerError& error) {
        warn("materialized view " + qualified(item.schema, item.name) + " could not be refreshed: " + error.message());
      }
    }
  }

  void refresh(const MaterializedView& item, EntryRunner& runner, OwnerSessions& owners, Sessions& sessions) {
    const TocEntry* entry = entries_.relation({item.schema, item.name});
    if (entry == nullptr) throw Error(ErrorCode::corrupt, "the archive has no materialized view " + qualified(item.schema, item.name));
    runner.prepare_refresh(*entry);
    Connection& connection = sessions.of(runner.owners_of(*entry));
    // Runs as the owner sees the rows. A stand-in would see fewer than the superuser that it represents: then an error
    // is better.
    const bool as_owner = owners.lends_its_rights(owners.owner(std::string(view(entry->owner))));
    connection.query(as_owner ? "SET row_security = on" : "SET row_security = off");
    connection.query(refresh_sql(item), Wait::unlimited);
  }

  // From here on no code of the backup runs any more, so rights may be revoked and event triggers created.
  void finish(EntryRunner& runner, Sessions& sessions) {
    if (options_.owner) {
      for (const TocEntry* entry : entries_.of(Step::grants)) runner.run(*entry, sessions);
    }
    Connection& leader = sessions.leader();
    leader.query("BEGIN");
    leader.query(kUnmark);
    for (const TocEntry* entry : entries_.of(Step::last)) runner.run(*entry, sessions);
    leader.query("SET LOCAL synchronous_commit TO DEFAULT");  // this commit waits, and makes earlier ones durable
    leader.query("COMMIT");
  }

  static constexpr std::uint64_t kWorthTurning = 64U << 10;  // less costs more than it saves: a query for types
  static constexpr std::uint64_t kWorthFreezing = 4U << 20;  // less costs more than it saves: a new file

  const ConnInfo info_;
  const RestorePlan& plan_;
  const BackupView& backup_;
  const RestoreOptions& options_;
  Context& context_;
  const RowKey key_;
  Connection leader_;
  const Entries entries_;
  const bool fenced_;
  const std::string all_to_;
  std::map<int, std::uint64_t> bytes_of_;  // of rows, by the dump id of their table
  std::mutex mutex_;                       // guards the two members below while rows are loaded
  RestoreReport report_;
  std::uint64_t rows_ = 0;
  std::set<const Table*> loaded_;
};

}  // namespace

RestoreReport restore_into(const ConnInfo& info, const RestorePlan& plan, const BackupView& backup, const RestoreOptions& options,
                           Context& context, const std::string& all_to) {
  Connection connection(info, context);
  const Trust trust = trust_in(connection, info, options.untrusted, context);
  Restore restore(without_event_triggers(info, connection), plan, backup, options, trust.fenced, all_to, context);
  if (!trust.warning.empty() && !superusers_own_all(connection, plan)) restore.warn(trust.warning);
  return restore.run();
}

const RestorePlan& LogicalTarget::planned(const BackupView& backup, const Selection& selection) {
  const bool same = planned_ && &planned_->backup.source() == &backup.source() && planned_->selection.include == selection.include &&
                    planned_->selection.exclude == selection.exclude;
  if (!same) planned_.emplace(Planned{backup, selection, plan_restore(backup, selection)});
  return planned_->plan;
}

void LogicalTarget::preflight(const BackupView& backup, const RestoreOptions& options, Context& context) {
  if (!info_.has_database()) throw Error(ErrorCode::invalid_argument, "the target " + info_.display() + " names no database");
  const RestorePlan& plan = planned(backup, options.selection);
  require_own_sessions(info_, context);
  const bool exists = database_exists(info_, context);
  Connection connection = exists ? Connection(info_, context) : maintenance_connection(info_, context);
  if (options.untrusted) trust_in(connection, info_.with_database(connection.database()), true, context);
  for (std::string& warning : check_target(connection, exists, plan)) context.warn(std::move(warning));
}

RestoreReport LogicalTarget::restore(const BackupView& backup, const RestoreOptions& options, Context& context) {
  const RestorePlan& plan = planned(backup, options.selection);
  if (database_exists(info_, context)) return restore_into(info_, plan, backup, options, context);
  create_database(info_, plan.catalog, context);
  try {
    RestoreReport report = restore_into(info_, plan, backup, options, context);
    if (!plan.everything) return report;
    Connection connection(without_event_triggers(info_, context), context);  // the backup's event triggers exist by now
    for (std::string& refused : apply_database_setup(connection, plan.catalog)) {
      context.warn(refused);
      report.warnings.push_back(std::move(refused));
    }
    return report;
  } catch (...) {
    drop_database_quietly(info_, context);  // it did not exist before the restore
    throw;
  }
}

}  // namespace holdfast::postgres
