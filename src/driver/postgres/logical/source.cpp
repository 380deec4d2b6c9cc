#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <iterator>
#include <mutex>
#include <set>

#include "base/parallel.hpp"
#include "driver/postgres/client/long_row.hpp"
#include "driver/postgres/client/tools.hpp"
#include "driver/postgres/logical/lock_room.hpp"
#include "driver/postgres/logical/logical.hpp"
#include "driver/postgres/logical/restore_steps.hpp"
#include "driver/postgres/logical/shortcomings.hpp"
#include "driver/postgres/logical/snapshot.hpp"
#include "driver/postgres/logical/streams.hpp"
#include "driver/postgres/logical/unneeded.hpp"

namespace holdfast::postgres {

namespace {

constexpr int kOldestServer = 100000;
constexpr std::size_t kBlock = 1U << 20;  // of rows at a time: the compressor takes as many without copying

// pg_dump could not lock a table, and nothing was written yet: the locks can be released and everything started again.
class LockedOut : public Error {
 public:
  explicit LockedOut(const std::string& message) : Error(ErrorCode::conflict, message, true) {}
};

// Delays the rows of the backup until pg_dump has its locks. Before that, pg_dump may fail because somebody's exclusive
// lock is queued after ours. Then the whole source starts again, and written rows could not be taken back.
class Gate {
 public:
  // Waits until the gate is open. Returns false if stopped before. Opens after `kLongest` at the latest, even for the
  // largest schema: by then pg_dump no longer waits for locks.
  bool pass(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, stop, kLongest, [&] { return open_; }) && !stop.stop_requested()) open_ = true;
    return open_;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  bool is_open() {
    const std::lock_guard lock(mutex_);
    return open_;
  }

  // The lock timeout of pg_dump. The leader already holds these locks, so only a session that waits for the leader can
  // block pg_dump. A longer wait gains nothing, and leaves fewer attempts until the deadline.
  static constexpr std::chrono::seconds kPatience{1};
  // pg_dump requests its locks almost at once; on a busy machine or for a large schema within some seconds.
  static constexpr std::chrono::seconds kLongest{10};

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool open_ = false;
};

// Streams a program's output into an entry, which is opened with the first bytes; the exit status decides. Calls
// `begun` before that.
void write_tool_output(
    const Command& command, const EntryInfo& info, BackupWriter& out, Shortcomings& lacks, Context& context,
    const std::function<void()>& begun = [] {}) {
  const std::unique_ptr<Process> process = start_program(command, context);
  process->close_input();
  Bytes buffer(256U << 10);
  std::unique_ptr<EntryWriter> entry;
  const auto begin = [&] {
    if (entry) return;
    begun();
    entry = out.open(info);
  };
  while (const std::size_t got = process->read(buffer, context)) {
    begin();
    entry->write(ByteView(buffer).first(got));
  }
  if (const int status = process->wait(context); status != 0) {
    const std::string message = process->name() + " failed with status " + std::to_string(status) + ": " + process->error_tail();
    if (const Error full(ErrorCode::limit, message); lock_table_full(full)) throw full;
    // The server's message may be in any language. The end of the failed statement is quoted last and is not
    // translated.
    if (!entry && message.find("IN ACCESS SHARE MODE") != std::string::npos) throw LockedOut(message);
    throw Error(ErrorCode::source, message);
  }
  begin();
  entry->commit();
  lacks.add_from_tool(process->error_tail());
}

void write_text(const std::string& text, EntryInfo info, BackupWriter& out) {
  const std::unique_ptr<EntryWriter> entry = out.open(std::move(info));
  entry->write(as_bytes(text));
  entry->commit();
}

constexpr std::size_t kLocksEach = 64;  // number of tables that one worker keeps locked

// The state that all threads of one backup share.
struct Work {
  const ConnInfo& info;
  const Catalog& catalog;
  const RowKey key;
  std::vector<Stream> streams;
  BackupWriter& out;
  Context& context;
  std::atomic<std::size_t> next{0};
  Gate gate;
  std::mutex mutex;                     // guards sums and deferred
  std::vector<const Stream*> deferred;  // an exclusive lock is queued: only the leader's lock still permits reading
};

void copy_stream(Connection& connection, const Stream& stream, Bytes& block, Work& work) {
  EntryInfo info{.name = stream.entry, .kind = "copy", .restore_with = copy_restore_step(stream, work.catalog), .restore_order = kRowsStep};
  if (stream.table != nullptr) {
    info.attributes = {{"schema", name_to_text(stream.table->schema, work.catalog.encoding)},
                       {"table", name_to_text(stream.table->name, work.catalog.encoding)}};
  }
  work.context.emit({.kind = EventKind::log,
                     .message = "reading " + stream.entry,
                     .object = stream.entry,
                     .fields = {{"connection", std::to_string(connection.backend_pid())}, {"range", stream.range}}});
  const std::unique_ptr<EntryWriter> entry = work.out.open(std::move(info));
  const RowSum sum = read_stream(connection, stream, work.key, block, [&](ByteView rows) { entry->write(rows); });
  entry->note("rows", std::to_string(sum.rows));
  entry->note("row_sum", sum.hex());
  entry->commit();
  const std::lock_guard lock(work.mutex);
  stream.proof->add(sum);
}

// Returns false if the table cannot be locked at once. Waiting would deadlock: the session that queues for an exclusive
// lock waits for our leader, and we would wait for that session.
bool lock_at_once(Connection& connection, const Stream& stream, std::set<const Table*>& locked) {
  if (stream.lock_sql.empty() || locked.contains(stream.table)) return true;
  try {
    connection.query("SAVEPOINT before_lock; " + stream.lock_sql + "; RELEASE SAVEPOINT before_lock");
  } catch (const ServerError& error) {
    if (error.sqlstate() != "55P03") throw;
    connection.query("ROLLBACK TO SAVEPOINT before_lock");
    return false;
  }
  locked.insert(stream.table);
  return true;
}

// A transaction keeps its locks until it ends, and the server's lock table is limited. The leader keeps all locks; a
// worker needs only that of its current table.
void let_go(Connection& connection, const std::string& snapshot, std::set<const Table*>& locked) {
  connection.query("COMMIT");
  join_snapshot(connection, snapshot);
  locked.clear();
}

void run_worker(Work& work, const std::string& snapshot, std::stop_token stop) {
  Connection connection(work.info, work.context, stop);
  join_snapshot(connection, snapshot);
  if (!work.gate.pass(stop)) return;
  Bytes block(kBlock);
  std::set<const Table*> locked;
  for (std::size_t at = 0; (at = work.next++) < work.streams.size();) {
    const Stream& stream = work.streams[at];
    try {
      if (locked.size() == kLocksEach && !locked.contains(stream.table)) let_go(connection, snapshot, locked);
      if (lock_at_once(connection, stream, locked)) {
        copy_stream(connection, stream, block, work);
      } else {
        const std::lock_guard lock(work.mutex);
        work.deferred.push_back(&stream);
      }
    } catch (const LongRow& error) {
      let_go(connection, snapshot, locked);
      throw with_place(error, connection, stream.rows).with_context(stream.entry);
    } catch (const Error& error) {
      throw error.with_context(stream.entry);
    }
  }
}

std::vector<std::string> schema_arguments(const LockedSnapshot& snapshot, const Catalog& catalog, std::vector<std::string> unneeded,
                                          const Context& context) {
  // Newer versions request many locks in one statement, which takes longer.
  const std::chrono::milliseconds patience = Gate::kPatience + std::chrono::milliseconds(snapshot.chosen.size());
  std::vector<std::string> arguments = {
      "--format=custom",
      "--compress=0",
      "--schema-only",
      "--snapshot=" + snapshot.id,
      "--encoding=" + session_encoding(catalog.encoding),
      "--lock-wait-timeout=" + std::to_string(std::min<std::chrono::milliseconds>(patience, context.limits.lock_timeout).count())};
  // pg_dump locks the tables that it dumps, so it must leave out those that our role may not read, and those that the
  // backup has no use for. The rest of the schema is always included: a restore selects.
  std::ranges::move(unneeded, std::back_inserter(arguments));
  for (const TableName& table : snapshot.left_out) {
    if (!table.readable) arguments.push_back("--exclude-table=" + qualified(table.schema, table.name));
  }
  return arguments;
}

// Switches off settings of a role or database that the tools accept as they are: limits (pg_dumpall never lifts them,
// pg_dump only later), and quoting that would change the text of a definition. Adds nothing if there are none, because
// not every connection pooler accepts options.
ConnInfo with_plain_session(const ConnInfo& info, Connection& leader) {
  const std::string options = leader.value(
      "SELECT coalesce(pg_catalog.string_agg('-c ' || name || '=0', ' '), '') FROM pg_catalog.pg_settings WHERE reset_val NOT IN ('0', "
      "'off') "
      "AND name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout', "
      "'idle_session_timeout', 'quote_all_identifiers')");
  return options.empty() ? info : info.with_setting(options);
}

void write_globals(const Tools& tools, const ConnInfo& info, bool superuser, BackupWriter& out, Shortcomings& lacks, Context& context) {
  std::vector<std::string> arguments = {"--globals-only"};
  // Only a superuser may read password hashes, and without encryption they would be readable by anyone.
  if (!superuser || !out.encrypted()) arguments.emplace_back("--no-role-passwords");
  const Command command = tool_command(tools, "pg_dumpall", info, std::move(arguments));
  write_tool_output(command, {.name = "globals.sql", .kind = "sql", .restore_with = globals_restore_step(), .restore_order = kGlobalsStep},
                    out, lacks, context);
}

// Any failure ends everything: a worker that lost its connection cannot resume rows of the snapshot that it copied in
// part. The first worker writes the output of the programs and then joins the others.
void copy_everything(Work& work, Connection& leader, const std::string& snapshot, const std::function<void()>& definitions) {
  const unsigned workers = std::max(1U, work.context.jobs());
  run_parallel(workers, work.context, [&](unsigned worker, std::stop_token stop) {
    if (worker == 0) definitions();
    if (work.next < work.streams.size()) run_worker(work, snapshot, stop);
  });
  Bytes block(work.deferred.empty() ? 0 : kBlock);
  for (const Stream* stream : work.deferred) copy_stream(leader, *stream, block, work);
}

}  // namespace

LogicalSource::LogicalSource(ConnInfo info, const Selection& selection, LogicalOptions options)
    : info_(std::move(info)), filter_(selection), options_(std::move(options)) {}

namespace {

// The address alone does not tell servers with sockets in several folders apart, and the system identifier alone does
// not tell a server from a copy of it.
std::string identity_of(Connection& connection) {
  const bool may_ask = connection.query("SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')").flag(0, 0);
  const std::string system =
      may_ask ? connection.value("SELECT system_identifier FROM pg_catalog.pg_control_system()") : connection.server_folder();
  return connection.server_address() + "/" + connection.database() + " " + system;
}

}  // namespace

SourceInfo LogicalSource::describe(Context& context) {
  require_own_sessions(info_, context);
  Connection connection(info_, context);
  info_ = info_.with_database(connection.database());  // libpq may have chosen it
  if (connection.server_version() < kOldestServer) {
    throw Error(ErrorCode::unsupported,
                info_.display() + " is PostgreSQL " + connection.server_version_text() + ": version 10 or newer is needed");
  }
  tools_for_server(connection.server_version(), options_.bin_dir, context);
  SourceInfo info;
  info.record.uri = info_.display();
  info.record.driver = "postgresql";
  info.record.name = connection.database();
  info.record.notes["identity"] = identity_of(connection);
  info.record.notes["server_version"] = connection.server_version_text();
  info.size_estimate = std::stoull(connection.value(
      "SELECT coalesce(sum(c.relpages::pg_catalog.int8), 0) * pg_catalog.current_setting('block_size')::pg_catalog.int8 FROM "
      "pg_catalog.pg_class c "
      "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname !~ '^pg_(catalog|temp)'"));
  return info;
}

void LogicalSource::backup(BackupWriter& out, Context& context) {
  const auto deadline = std::chrono::steady_clock::now() + context.limits.lock_timeout;
  for (;;) {
    try {
      return read_database(out, deadline, context);
    } catch (const LockedOut& error) {
      if (std::chrono::steady_clock::now() + Gate::kPatience >= deadline) throw;
      context.log("pg_dump waits for a session that waits for this backup: letting it go first, then starting again: " + error.message());
    } catch (const Error& error) {
      if (!lock_table_full(error)) throw;
      throw with_lock_advice(error, info_, context);
    }
  }
}

void LogicalSource::read_database(BackupWriter& out, std::chrono::steady_clock::time_point deadline, Context& context) {
  Connection leader(info_, context);
  const bool superuser = leader.query("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user").flag(0, 0);
  const ConnInfo for_tools = with_plain_session(info_, leader);
  const Tools tools = tools_for_server(leader.server_version(), options_.bin_dir, context);
  context.phase("locking tables");
  const LockedSnapshot snapshot = lock_and_export(leader, info_, filter_, deadline, context);
  out.set_instant(parse_time(
      leader.value("SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")));
  Catalog catalog = read_catalog(leader, snapshot.chosen, filter_.selects_everything());
  catalog.narrowed = filter_.narrows();
  if (!catalog.narrowed) {
    count_large_objects(leader, catalog);
    for (const TableName& table : snapshot.left_out) catalog.excluded.emplace_back(table.schema, table.name);
  }
  catalog.row_key = context.random_bytes(RowKey::kSize);

  std::vector<std::string> unneeded;
  if (catalog.partial()) unneeded = leave_out_unneeded(leader, snapshot.chosen, catalog.narrowed);

  context.phase("reading schema and rows");
  Work work{.info = info_,
            .catalog = catalog,
            .key = RowKey(catalog.row_key),
            .streams = plan_streams(catalog, stream_size(catalog, context.jobs())),
            .out = out,
            .context = context};
  Shortcomings lacks(context);
  const auto definitions = [&] {
    const Command pg_dump = tool_command(tools, "pg_dump", for_tools, schema_arguments(snapshot, catalog, unneeded, context));
    write_tool_output(
        pg_dump, {.name = "schema.dump", .kind = "archive", .restore_with = schema_restore_step(catalog), .restore_order = kSchemaStep},
        out, lacks, context, [&] { work.gate.open(); });
    if (options_.globals) write_globals(tools, for_tools, superuser, out, lacks, context);
  };
  std::uint64_t expected = 0;
  for (const Stream& stream : work.streams) expected += stream.weight;
  context.expect_bytes(expected);
  try {
    copy_everything(work, leader, snapshot.id, definitions);
  } catch (const LockedOut& error) {
    const std::string waiters = describe_waiters(leader);
    const std::string message = error.message() + (waiters.empty() ? "" : "; " + waiters) + ". End that, or try again later";
    if (work.gate.is_open()) throw Error(ErrorCode::conflict, message, true);
    throw LockedOut(message);
  }
  lacks.find(leader, catalog, superuser);
  leader.query("COMMIT");

  write_text(to_json(catalog), {.name = "catalog.json", .kind = "json"}, out);
  write_text(finish_sql(catalog),
             {.name = "finish.sql", .kind = "sql", .restore_with = finish_restore_step(catalog), .restore_order = kFinishStep}, out);
  out.note("tables", std::to_string(catalog.tables.size()));
  out.note("rows", std::to_string(catalog.rows()));
  out.note("large_objects", std::to_string(catalog.large_objects.objects));
  out.note("wal_position", catalog.wal_position);
  if (catalog.partial()) out.note("partial", "true");
  if (!lacks.text().empty()) out.note(Shortcomings::kNote, lacks.text());
}

}  // namespace holdfast::postgres
