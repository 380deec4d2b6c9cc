#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/executor.hpp"
#include "container/executor.hpp"
#include "holdfast/context.hpp"
#include "holdfast/error.hpp"
#include "holdfast/io.hpp"

namespace holdfast {

/// A user's command whose output is read or whose input is written. Immutable.
class CommandLine {
 public:
  /// Throws Error{invalid_argument} if there is no program, or if a word contains a NUL. Runs in a container if one is
  /// given, otherwise on the host's machine.
  explicit CommandLine(std::vector<std::string> argv, std::optional<container::ExecPlace> place = {});

  std::string program() const;                         ///< "pg_dump", without its folder
  const std::string& shown() const { return shown_; }  ///< the whole command line without its secrets
  std::string path(const Context& context) const;      ///< throws Error{not_found} that names the program

  /// Writes its standard output to `out`, without a commit. Returns the number of bytes. Throws Error{source} if the
  /// command fails.
  std::uint64_t read_into(Writer& out, Context& context) const;
  /// Writes all bytes of `from` to its standard input and waits for its end. Discards its standard output. Returns the
  /// number of bytes. Throws Error{target} if the command fails or does not read everything. Passes errors of `from` on
  /// unchanged.
  std::uint64_t feed(Reader& from, Context& context) const;

 private:
  Command command(Executor& executor, const Context& context) const;
  std::string path_on(Executor& executor, const Context& context) const;
  // That of the container, or the host's.
  std::shared_ptr<Executor> executor(const Context& context) const;
  void check_status(int status, const Process& process, ErrorCode code) const;
  void log_errors(const Process& process, const Context& context) const;
  std::string said(const Process& process) const;

  std::vector<std::string> argv_;
  std::optional<container::ExecPlace> place_;
  std::vector<std::string> secrets_;
  std::string shown_;
};

}  // namespace holdfast
