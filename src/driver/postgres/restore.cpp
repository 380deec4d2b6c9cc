#include "driver/postgres/restore.hpp"

#include <fmt/format.h>

#include <atomic>
#include <mutex>

#include "base/memory_file.hpp"
#include "base/parallel.hpp"
#include "driver/postgres/large_object_load.hpp"
#include "driver/postgres/preflight.hpp"
#include "driver/postgres/restore_steps.hpp"
#include "driver/postgres/roles.hpp"
#include "driver/postgres/rows_in.hpp"
#include "driver/postgres/streams.hpp"
#include "driver/postgres/tools.hpp"

namespace holdfast::postgres {

namespace {

// While a restore runs, and for ever if it does not end, the database says so to whoever looks.
constexpr const char* kMark = "CREATE SCHEMA holdfast_restore_incomplete";
constexpr const char* kUnmark = "DROP SCHEMA holdfast_restore_incomplete";

// A crash of the server loses the restore anyway; what makes all of it durable is the last commit, which does wait.
constexpr const char* kRelaxed = "SET synchronous_commit = off";

class Restore {
 public:
  Restore(const ConnInfo& info, const RestorePlan& plan, const BackupView& backup, const RestoreOptions& options,
          const std::string& bin_dir, Context& context)
      : info_(info),
        plan_(plan),
        backup_(backup),
        options_(options),
        context_(context),
        key_(plan.catalog.row_key),
        archive_(plan.archive),
        list_(as_bytes(plan.list)),
        leader_(info, context),
        tools_(tools_for_archive(plan.dump_major(), leader_.server_version(), bin_dir, context)),
        without_tablespaces_(!missing_tablespaces(leader_, plan).empty()) {}

  RestoreReport run() {
    leader_.query(kMark);
    if (options_.owner) create_roles();
    context_.phase("restoring the schema");
    pg_restore("pre-data", 1);
    context_.phase("restoring rows");
    context_.expect_bytes(plan_.plain_bytes());
    if (plan_.large_object_names) load_large_objects(leader_, *plan_.large_object_names, load_names(options_.owner));
    load_rows();
    for (const Sequence& sequence : plan_.sequences) leader_.query(set_sequence_sql(sequence));
    context_.phase("building indexes and constraints");
    pg_restore("post-data", context_.jobs());
    refresh_views();
    leader_.query(kUnmark);
    for (const std::string& line : plan_.left_out) warn(line);
    report_.where = "database " + quote_identifier(info_.database()) + " on PostgreSQL " + leader_.server_version_text();
    return std::move(report_);
  }

 private:
  void warn(std::string message) {
    context_.warn(message);
    report_.warnings.push_back(std::move(message));
  }

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

  void pg_restore(const std::string& section, unsigned jobs) {
    std::vector<std::string> arguments = {"--section=" + section, archive_.path()};
    if (!options_.owner) arguments.insert(arguments.end(), {"--no-owner", "--no-privileges"});
    if (without_tablespaces_) arguments.emplace_back("--no-tablespaces");
    if (!plan_.list.empty()) arguments.push_back("--use-list=" + list_.path());
    if (tools_.major >= 17 && major_of(leader_.server_version()) < 17) return restore_with_psql(section, std::move(arguments));
    arguments.insert(arguments.end(), {"--exit-on-error", "--jobs=" + std::to_string(jobs)});
    run_tool("pg_restore", section, std::move(arguments), {archive_.fd(), list_.fd()});
  }

  // Since 17 pg_restore begins with a setting that older servers do not know, and stops there.
  void restore_with_psql(const std::string& section, std::vector<std::string> arguments) {
    constexpr std::string_view kSetting = "\nSET transaction_timeout = 0;\n";
    Command command{.argv = {tools_.path("pg_restore"), "--file=-"}, .inherit = {archive_.fd(), list_.fd()}};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    CommandResult text = run_command(command, context_, {}, std::size_t{2} << 30);
    if (text.status != 0) throw Error(ErrorCode::target, "pg_restore of the " + section + " section failed: " + text.errors);
    if (const std::size_t at = text.output.find(kSetting); at != std::string::npos) text.output.erase(at, kSetting.size() - 1);
    const MemoryFile script(as_bytes(text.output));
    run_tool("psql", section, {"--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--file=" + script.path()},
             {script.fd()});
  }

  void run_tool(const std::string& program, const std::string& section, std::vector<std::string> arguments, std::vector<int> inherit) {
    Command command = tool_command(tools_, program, info_, std::move(arguments));
    command.inherit = std::move(inherit);
    // The server's own default is meant for many sessions at once; here a few build all indexes. Most poolers refuse options.
    if (!leader_.pooled()) command.environment.emplace_back("PGOPTIONS", "-c synchronous_commit=off -c maintenance_work_mem=256MB");
    Subprocess process(command);
    process.close_input();
    wait_quietly(process);
    if (const int status = process.wait(context_); status != 0) {
      throw Error(ErrorCode::target,
                  program + " of the " + section + " section failed with status " + std::to_string(status) + ": " + process.error_tail());
    }
  }

  // Index builds print nothing for hours: only cancel ends the wait.
  void wait_quietly(Subprocess& process) {
    Bytes buffer(4096);
    for (;;) {
      try {
        if (process.read(buffer, context_) == 0) return;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::timeout) throw;
      }
    }
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

  void load_rows() {
    std::atomic<std::size_t> next{0};
    const auto workers = static_cast<unsigned>(std::min<std::size_t>(context_.jobs(), plan_.rows.size()));
    run_parallel(workers, context_, [&](unsigned, std::stop_token stop) {
      Connection connection(info_, context_, stop);
      connection.query(kRelaxed);
      for (std::size_t at = 0; (at = next++) < plan_.rows.size();) {
        try {
          load_entry(connection, plan_.rows[at]);
        } catch (const Error& error) {
          throw error.with_context(plan_.rows[at].entry->name);
        }
      }
    });
    report_.tables = 0;
    for (const Table& table : plan_.catalog.tables) report_.tables += plan_.everything ? 1 : loaded_.contains(&table) ? 1 : 0;
  }

  void load_entry(Connection& connection, const RowsEntry& rows) {
    if (rows.table == nullptr) {
      load_large_objects(connection, rows, load_contents());
    } else {
      // Rows that arrive in the transaction that emptied their table need no later vacuum, and on a server with minimal WAL no WAL.
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
      report_.rows += rows.recorded.rows;
      loaded_.insert(rows.table);
    }
  }

  RowsIn rows_into(Connection& connection, const RowsEntry& rows, bool freeze) {
    const std::string& encoding = plan_.catalog.encoding;
    if (rows.entry->plain_bytes < kWorthTurning) return {connection, copy_in_sql(*rows.table, encoding, freeze)};
    return {connection, *rows.table, encoding, freeze};
  }

  void refresh_views() {
    for (const MaterializedView& item : plan_.materialized_views) {
      if (!item.populated) continue;
      try {
        leader_.query(refresh_sql(item), Wait::unlimited);
      } catch (const ServerError& error) {
        warn("materialized view " + qualified(item.schema, item.name) + " could not be refreshed: " + error.message());
      }
    }
  }

  static constexpr std::uint64_t kWorthTurning = 64U << 10;  // below that asking for the columns' types costs more than it saves
  static constexpr std::uint64_t kWorthFreezing = 4U << 20;  // below that a new file costs more than it saves

  const ConnInfo& info_;
  const RestorePlan& plan_;
  const BackupView& backup_;
  const RestoreOptions& options_;
  Context& context_;
  const RowKey key_;
  MemoryFile archive_, list_;
  Connection leader_;
  const Tools tools_;
  const bool without_tablespaces_;  // of the backup: the server lacks one
  std::mutex mutex_;                // guards the two below while rows are loaded
  RestoreReport report_;
  std::set<const Table*> loaded_;
};

}  // namespace

RestoreReport restore_into(const ConnInfo& info, const RestorePlan& plan, const BackupView& backup, const RestoreOptions& options,
                           const std::string& bin_dir, Context& context) {
  return Restore(info, plan, backup, options, bin_dir, context).run();
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
  tools_for_archive(plan.dump_major(), connection.server_version(), options_.bin_dir, context);
  for (std::string& warning : check_target(connection, exists, plan)) context.warn(std::move(warning));
}

RestoreReport LogicalTarget::restore(const BackupView& backup, const RestoreOptions& options, Context& context) {
  const RestorePlan& plan = planned(backup, options.selection);
  if (database_exists(info_, context)) return restore_into(info_, plan, backup, options, options_.bin_dir, context);
  create_database(info_, plan.catalog, context);
  try {
    RestoreReport report = restore_into(info_, plan, backup, options, options_.bin_dir, context);
    if (!plan.everything) return report;
    Connection connection(info_, context);
    for (std::string& refused : apply_database_setup(connection, plan.catalog)) {
      context.warn(refused);
      report.warnings.push_back(std::move(refused));
    }
    return report;
  } catch (...) {
    drop_database_quietly(info_, context);  // it was not there before, so it is not there after
    throw;
  }
}

}  // namespace holdfast::postgres
