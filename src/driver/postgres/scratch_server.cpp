#include "driver/postgres/scratch_server.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <thread>

#include "base/system_error.hpp"
#include "driver/postgres/connection.hpp"

namespace holdfast::postgres {

namespace fs = std::filesystem;

namespace {

constexpr const char* kPrefix = "holdfast-scratch-";

Tools server_tools(int source_version, const std::string& bin_dir, const Context& context) {
  const int wanted = major_of(source_version);
  if (const auto tools = closest_tools("postgres", wanted, bin_dir, context)) return *tools;
  const std::vector<Tools> found = find_tools("postgres", bin_dir, context);
  const std::string newest = found.empty() ? "" : ", only of " + std::to_string(found.front().major);
  throw Error(ErrorCode::not_found, "no PostgreSQL " + std::to_string(wanted) + " server programs here for a scratch server" + newest +
                                        ": install postgresql-" + std::to_string(wanted) +
                                        " (or newer), put their folder into PATH, or name a server to use with --target");
}

Fd try_lock(const fs::path& directory) {
  Fd fd(::open((directory / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.reset();
  return fd;
}

// Directories whose process was killed. A living one holds its lock, and a brand-new one has none yet: leave those of the last minute.
void remove_abandoned(const fs::path& parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    if (!entry.path().filename().string().starts_with(kPrefix) || !entry.is_directory(ignored) || entry.is_symlink(ignored)) continue;
    struct stat status {};
    if (::lstat(entry.path().c_str(), &status) != 0 || ::time(nullptr) - status.st_mtime < 60) continue;
    if (::geteuid() != 0 && status.st_uid != ::geteuid()) continue;
    if (const Fd lock = try_lock(entry.path())) fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

ScratchServer::ScratchServer(int source_version, const std::string& superuser, const std::string& bin_dir, const Context& context)
    : tools_(server_tools(source_version, bin_dir, context)), superuser_(superuser) {
  const std::string users[] = {"postgres", "nobody"};
  user_ = unprivileged_user(users);
  make_directory(context);
  try {
    initialise(context);
    start(context);
  } catch (...) {
    process_.reset();
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
    throw;
  }
}

ScratchServer::~ScratchServer() {
  if (process_) process_->kill(SIGQUIT);  // an immediate shutdown: nothing in it is worth a checkpoint
  process_.reset();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void ScratchServer::make_directory(const Context& context) {
  // A socket's path has at most 107 bytes, and the server's user must be able to reach it.
  constexpr std::size_t kLongestParent = 60;
  fs::path parent = context.temp_directory;
  if (parent.string().size() > kLongestParent) parent = "/tmp";
  remove_abandoned(parent);
  std::string pattern = parent / (std::string(kPrefix) + "XXXXXX");
  if (::mkdtemp(pattern.data()) == nullptr) throw system_error("can't make a directory for a scratch server in " + parent.string(), errno);
  directory_ = pattern;
  lock_ = try_lock(directory_);
  if (user_ && ::chown(directory_.c_str(), user_->uid, user_->gid) != 0) {
    const int reason = errno;
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
    throw system_error("can't give " + directory_.string() + " to user " + user_->name, reason);
  }
}

void ScratchServer::initialise(const Context& context) {
  const Command command{.argv = {tools_.path("initdb"), "--pgdata=" + (directory_ / "data").string(), "--username=" + superuser_,
                                 "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"},
                        .environment = {{"LC_ALL", "C"}},
                        .user = user_,
                        .directory = directory_};
  const CommandResult result = run_command(command, context);
  if (result.status != 0) throw Error(ErrorCode::target, "can't set up a scratch server (initdb): " + result.errors + " " + result.output);
}

void ScratchServer::start(const Context& context) {
  Command command{.argv = {tools_.path("postgres"), "-D", (directory_ / "data").string(), "-k", directory_.string()},
                  .environment = {{"LC_ALL", "C"}},
                  .user = user_,
                  .directory = directory_,
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
  return ConnInfo({{"host", directory_.string()}, {"user", superuser_}, {"dbname", name}});
}

}  // namespace holdfast::postgres
