#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/command.hpp"
#include "holdfast/bytes.hpp"
#include "holdfast/context.hpp"

namespace holdfast {

/// A running program with pipes for its standard streams. Used by one thread. Destroyed = killed and waited for.
class Process {
 public:
  virtual ~Process() = default;

  /// Reads standard output; returns 0 after the program closed it. Throws Error{timeout} after a silence longer than
  /// the stall timeout.
  virtual std::size_t read(std::span<std::byte> out, const Context& context) = 0;
  /// Writes to standard input. Keeps what the program prints meanwhile. Returns false if it no longer reads.
  virtual bool write(ByteView data, const Context& context) = 0;
  virtual void close_input() = 0;
  /// Waits until the program has read all its input, then closes it. Returns false if it left some unread.
  virtual bool finish_input(const Context& context) = 0;
  /// Drops the rest of standard output and waits for the end. Returns the exit code, or 128 + signal.
  virtual int wait(const Context& context) = 0;
  virtual void kill(int signal) noexcept = 0;
  virtual bool running() = 0;

  /// From now on, a silence longer than this is an Error{timeout}, too, if the context's stall timeout is longer.
  virtual void bound_silence(std::chrono::milliseconds patience) noexcept = 0;
  virtual const std::string& name() const noexcept = 0;
  /// Returns the program's standard error, or its beginning and end if it is long.
  virtual std::string error_tail() const = 0;
};

/// A new private folder for temporary data. Removed with its content when destroyed.
class ScratchPlace {
 public:
  virtual ~ScratchPlace() = default;
  virtual const std::filesystem::path& path() const noexcept = 0;
};

/// Runs programs on one machine. All programs of the library run through it. Safe from any thread.
class Executor {
 public:
  virtual ~Executor() = default;
  /// Returns the path of a program: `name` itself if it has a '/', otherwise from the first folder of `folders` or of
  /// the usual ones that has it. Empty if there is none.
  virtual std::string find(const std::string& name, std::span<const std::filesystem::path> folders) const = 0;
  /// Starts a program. Throws Error if that fails.
  virtual std::unique_ptr<Process> start(const Command& command) = 0;
  virtual std::unique_ptr<ScratchPlace> open_scratch(const std::filesystem::path& parent) = 0;
};

/// Calls Executor::find on the machine and with the folders of the context's host.
std::string find_program(const std::string& name, const Context& context);
/// Calls Executor::start on the machine of the context's host.
std::unique_ptr<Process> start_program(const Command& command, const Context& context);

struct CommandResult {
  int status = 0;
  std::string output;
  std::string errors;
};
/// Runs a program to its end and collects its standard output, at most `limit` bytes.
CommandResult run_command(const Command& command, const Context& context, std::string_view input = {}, std::size_t limit = 64U << 20);

}  // namespace holdfast
