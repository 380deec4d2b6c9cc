#include "driver/postgres/proof/scratch_server.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "base/system_error.hpp"
#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/client/socket_place.hpp"
#include "driver/postgres/proof/preloads.hpp"

namespace holdfast::postgres {

namespace fs = std::filesystem;

namespace {

Tools server_tools(int source_version, const std::string& bin_dir, const Context& context) {
  const int wanted = major_of(source_version);
  if (const auto tools = closest_tools("postgres", wanted, bin_dir, context)) return *tools;
  const std::vector<Tools> found = find_tools("postgres", bin_dir, context);
  const std::string where = bin_dir.empty() ? "here" : "in " + bin_dir;
  const std::string newest = found.empty() ? "" : ", only of " + std::to_string(found.front().major);
  throw Error(ErrorCode::not_found, "no PostgreSQL " + std::to_string(wanted) + " server programs " + where + " for a scratch server" +
                                        newest + ": install postgresql-" + std::to_string(wanted) +
                                        " (or newer), put their folder into PATH, or name a server to use with --target");
}

// Other programs may run as the same user: it must have a name, because initdb requires one. A group without other
// members keeps them out of the folder, which root still owns: nobody can put a link in its place.
void admit(const fs::path& folder, RunAs& user) {
  constexpr gid_t kFirst = 61184, kLast = 65519;  // those that systemd keeps for services without a name
  user.gid = static_cast<gid_t>(kFirst + static_cast<gid_t>(::getpid()) % (kLast - kFirst + 1));
  if (::chown(folder.c_str(), 0, user.gid) != 0 || ::chmod(folder.c_str(), 0770) != 0) {
    throw system_error("can't give " + folder.string() + " to the group of a scratch server", errno);
  }
}

// The paths that a server reads: its installation and the system's libraries, time zones, locales and dictionaries. No
// home folder, no other data.
Confinement::Paths allowed_paths(const Tools& tools, const fs::path& directory) {
  Confinement::Paths paths{.read = {"/usr", "/lib", "/lib32", "/lib64", "/bin", "/nix/store", "/gnu/store", "/var/cache/postgresql"},
                           .write = {directory}};
  for (const char* file :
       {"ld.so.cache", "ld.so.preload", "localtime", "timezone", "passwd", "group", "nsswitch.conf", "locale.alias", "ssl"}) {
    paths.read.push_back(fs::path("/etc") / file);
  }
  std::error_code ignored;
  const fs::path programs = fs::canonical(tools.directory, ignored);
  for (const char* part : {"bin", "lib", "lib64", "share"}) paths.read.push_back(programs.parent_path() / part);
  paths.read.push_back(programs);
  return paths;
}

}  // namespace

ScratchServer::ScratchServer(Purpose purpose, const std::string& bin_dir, const Context& context)
    : purpose_(std::move(purpose)),
      tools_(server_tools(purpose_.source_version, bin_dir, context)),
      directory_(context.host.executor->open_scratch(short_parent(context))) {
  // "postgres" is not the first choice, because other servers of this machine may trust it.
  const std::string users[] = {"nobody", "postgres"};
  user_ = unprivileged_user(users);
  if (user_) admit(directory_->path(), *user_);
  initialise(context);
  start({}, context);
  preload_libraries(context);
  for (const std::string& fence : fences_->missing()) warnings_.push_back("the scratch server is not fenced in by " + fence);
}

void ScratchServer::preload_libraries(const Context& context) {
  std::vector<std::string> settings;
  {
    Connection connection(database("postgres"), context);
    settings = preload_settings(connection, purpose_.extensions, purpose_.database);
  }
  if (settings.empty()) return;
  stop(context);
  try {
    start(settings, context);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    warnings_.push_back("the scratch server runs without " + settings.front() + ": " + error.message());
    stop(context);
    start({}, context);
  }
}

void ScratchServer::stop(const Context& context) {
  process_->kill(SIGINT);
  process_->wait(context);
}

ScratchServer::~ScratchServer() {
  if (process_) process_->kill(SIGQUIT);  // an immediate shutdown: no data needs a checkpoint
}

Command ScratchServer::command(const std::string& program, Confinement::Programs programs) {
  fences_ = std::make_shared<const Confinement>(allowed_paths(tools_, directory_->path()), programs);
  return {.argv = {tools_.path(program)},
          .environment = {{"LC_ALL", "C"}, {"PATH", tools_.directory + ":/usr/bin:/bin"}},
          .pass = {},
          .user = user_,
          .directory = directory_->path(),
          .confinement = fences_};
}

void ScratchServer::initialise(const Context& context) {
  Command initdb = command("initdb", Confinement::Programs::any);
  const std::string data = "--pgdata=" + (directory_->path() / "data").string();
  for (const std::string& argument : {data, "--username=" + purpose_.superuser, std::string("--auth=trust"), std::string("--no-sync"),
                                      std::string("--encoding=UTF8"), std::string("--locale=C")}) {
    initdb.argv.push_back(argument);
  }
  const CommandResult result = run_command(initdb, context);
  if (result.status != 0) throw Error(ErrorCode::target, "can't set up a scratch server (initdb): " + result.errors + " " + result.output);
}

void ScratchServer::start(const std::vector<std::string>& settings, const Context& context) {
  Command command = this->command("postgres", Confinement::Programs::none);
  for (const std::string& argument :
       {std::string("-D"), (directory_->path() / "data").string(), std::string("-k"), directory_->path().string()}) {
    command.argv.push_back(argument);
  }
  command.death_signal = SIGINT;  // a fast shutdown if we are killed
  // No data outlives the proof, so nothing is made durable.
  for (const char* setting :
       {"listen_addresses=", "unix_socket_permissions=0700", "fsync=off", "synchronous_commit=off", "full_page_writes=off",
        "wal_level=minimal", "max_wal_senders=0", "max_wal_size=4GB", "autovacuum=off", "shared_buffers=128MB",
        "max_locks_per_transaction=1024", "max_logical_replication_workers=0", "dynamic_shared_memory_type=sysv", "log_min_messages=fatal",
        "logging_collector=off", "log_destination=stderr"}) {
    command.argv.insert(command.argv.end(), {"-c", setting});
  }
  for (const std::string& setting : settings) command.argv.insert(command.argv.end(), {"-c", setting});
  process_ = start_program(command, context);
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
  return ConnInfo({{"host", directory_->path().string()}, {"user", purpose_.superuser}, {"dbname", name}});
}

}  // namespace holdfast::postgres
