#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/confinement.hpp"
#include "base/fd.hpp"
#include "base/memory_file.hpp"
#include "holdfast/bytes.hpp"
#include "holdfast/context.hpp"

namespace holdfast {

/// The user a program runs as, for servers that refuse root.
struct RunAs {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;
};
/// The first of `names` this machine knows. Null when we are not root (then programs run as ourselves). Throws Error{not_found} if none is.
std::optional<RunAs> unprivileged_user(std::span<const std::string> names);

/// The variables of ours that any program may have: who and where we are, language and time zone. None of them holds a secret.
std::vector<std::string> basic_variables();

struct Command {
  std::vector<std::string> argv;                                 ///< argv[0]: a path; see find_program
  std::vector<std::pair<std::string, std::string>> environment;  ///< set for the child; of a name given twice the last counts
  /// Variables of ours that the child inherits where they are set. "LC_*" names a family. It gets no others.
  std::vector<std::string> pass = basic_variables();
  std::optional<RunAs> user;
  std::vector<int> inherit;         ///< descriptors the child keeps under the same numbers
  std::filesystem::path directory;  ///< working directory; empty = ours
  int death_signal = SIGTERM;       ///< for the child when the thread that spawned it ends, kill -9 of us included
  bool discard_output = false;      ///< its standard output goes to /dev/null instead of a pipe
  /// See Subprocess::bound_silence.
  std::chrono::milliseconds patience = std::chrono::milliseconds::max();
  std::vector<std::shared_ptr<const MemoryFile>> files;  ///< the child keeps them, too, under the same numbers
  std::shared_ptr<const Confinement> confinement;        ///< null: it may do what we may
};

/// The variables with these names that are set in our environment. Throws Error{invalid_argument} naming one that is not: a
/// program that was promised it would fail in a way nobody understands.
std::vector<std::string> require_variables(const std::vector<std::string>& names);

/// The path of a program: as given if it has a '/', else searched on the context's path and then in the usual directories. Empty if
/// nowhere.
std::string find_program(const std::string& name, const Context& context);

/// A child process in its own process group, with pipes to its standard streams. Used by one thread. Destroyed = killed and reaped.
class Subprocess {
 public:
  explicit Subprocess(const Command& command);
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;
  ~Subprocess();

  /// Next bytes of its standard output; 0 = it closed it. Silence longer than the stall timeout is Error{timeout}.
  std::size_t read(std::span<std::byte> out, const Context& context);
  /// Feeds its standard input. What it prints meanwhile is kept (standard output: see read; standard error: the end of it).
  /// False when it no longer reads.
  bool write(ByteView data, const Context& context);
  void close_input() { in_.reset(); }
  /// Waits until it took all it was fed, then closes its standard input. False when it left some of it unread.
  bool finish_input(const Context& context);
  /// Reads what is left (dropping standard output) and reaps it: the exit code, or 128 + signal. `patience` bounds the silence.
  int wait(const Context& context);
  void kill(int signal) noexcept;
  bool running();

  /// From now on silence longer than this is an Error{timeout} too, where the context's stall timeout is longer.
  void bound_silence(std::chrono::milliseconds patience) noexcept { patience_ = patience; }
  pid_t pid() const noexcept { return pid_; }
  const std::string& name() const noexcept { return name_; }
  /// What it wrote to standard error; of much, the beginning and the end.
  std::string error_tail() const;

 private:
  bool pump(const Context& context, short want_out, bool want_in, std::chrono::steady_clock::time_point& heard);
  void drain_errors();
  void take_output();
  void check_silence(const Context& context, std::chrono::steady_clock::time_point heard) const;
  bool reap(bool block);

  std::string name_;
  std::chrono::milliseconds patience_;
  pid_t pid_ = -1;
  int status_ = -1;
  Fd in_, out_, err_;
  std::string errors_;
  Bytes held_;  // standard output that came while we were writing
};

struct CommandResult {
  int status = 0;
  std::string output;
  std::string errors;
};
/// Runs to the end and collects standard output, at most `limit` bytes.
CommandResult run_command(const Command& command, const Context& context, std::string_view input = {}, std::size_t limit = 64U << 20);

}  // namespace holdfast
