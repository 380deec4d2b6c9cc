#include "driver/postgres/scratch_server.hpp"

#include <unistd.h>

#include <cerrno>
#include <thread>

#include "base/system_error.hpp"
#include "driver/postgres/connection.hpp"

namespace holdfast::postgres {

namespace fs = std::filesystem;

namespace {

Tools server_tools(int source_version, const std::string& bin_dir, const Context& context) {
  const int wanted = major_of(source_version);
  if (const auto tools = closest_tools("postgres", wanted, bin_dir, context)) return *tools;
  const std::vector<Tools> found = find_tools("postgres", bin_dir, context);
  const std::string newest = found.empty() ? "" : ", only of " + std::to_string(found.front().major);
  throw Error(ErrorCode::not_found, "no PostgreSQL " + std::to_string(wanted) + " server programs here for a scratch server" + newest +
                                        ": install postgresql-" + std::to_string(wanted) +
                                        " (or newer), put their folder into PATH, or name a server to use with --target");
}

// A socket's path has at most 107 bytes.
fs::path short_parent(const Context& context) {
  constexpr std::size_t kLongest = 60;
  return context.temp_directory.string().size() > kLongest ? "/tmp" : context.temp_directory;
}

}  // namespace

ScratchServer::ScratchServer(int source_version, const std::string& superuser, const std::string& bin_dir, const Context& context)
    : tools_(server_tools(source_version, bin_dir, context)), superuser_(superuser), directory_(short_parent(context)) {
  const std::string users[] = {"postgres", "nobody"};
  user_ = unprivileged_user(users);
  // The server's user must be able to reach it.
  if (user_ && ::chown(directory_.path().c_str(), user_->uid, user_->gid) != 0) {
    throw system_error("can't give " + directory_.path().string() + " to user " + user_->name, errno);
  }
  initialise(context);
  start(context);
}

ScratchServer::~ScratchServer() {
  if (process_) process_->kill(SIGQUIT);  // an immediate shutdown: nothing in it is worth a checkpoint
}

void ScratchServer::initialise(const Context& context) {
  const Command command{.argv = {tools_.path("initdb"), "--pgdata=" + (directory_.path() / "data").string(), "--username=" + superuser_,
                                 "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"},
                        .environment = {{"LC_ALL", "C"}},
                        .user = user_,
                        .directory = directory_.path()};
  const CommandResult result = run_command(command, context);
  if (result.status != 0) throw Error(ErrorCode::target, "can't set up a scratch server (initdb): " + result.errors + " " + result.output);
}

void ScratchServer::start(const Context& context) {
  Command command{.argv = {tools_.path("postgres"), "-D", (directory_.path() / "data").string(), "-k", directory_.path().string()},
                  .environment = {{"LC_ALL", "C"}},
                  .user = user_,
                  .directory = directory_.path(),
                  .death_signal = SIGINT};  // a fast shutdown if we are killed
  // Nothing here outlives the proof, so nothing is made durable.
  for (const char* setting : {"listen_addresses=", "unix_socket_permissions=0700", "fsync=off", "synchronous_commit=off",
                              "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "max_wal_size=4GB", "autovacuum=off",
                              "shared_buffers=128MB", "max_locks_per_transaction=1024", "max_logical_replication_workers=0",
                              "log_min_messages=fatal", "logging_collector=off", "log_destination=stderr"}) {
    command.argv.insert(command.argv.end(), {"-c", setting});
  }
  process_ = std::make_unique<Subprocess>(command);
  process_->close_input();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (;;) {
    try {
      Connection(database("postgres"), context);
      return;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      if (!process_->running()) throw Error(ErrorCode::target, "the scratch server did not start: " + process_->error_tail());
      if (std::chrono::steady_clock::now() > deadline) throw error.with_context("the scratch server does not answer");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

ConnInfo ScratchServer::database(const std::string& name) const {
  return ConnInfo({{"host", directory_.path().string()}, {"user", superuser_}, {"dbname", name}});
}

}  // namespace holdfast::postgres
