#pragma once

#include <string>
#include <vector>

#include "base/executor.hpp"
#include "holdfast/context.hpp"
#include "holdfast/error.hpp"
#include "holdfast/io.hpp"

namespace holdfast {

/// A command of the user's that we read from or feed. Immutable.
class CommandLine {
 public:
  /// Throws Error{invalid_argument} when there is no program, or a word holds a NUL.
  explicit CommandLine(std::vector<std::string> argv);

  std::string program() const;                         ///< "pg_dump", without its folder
  const std::string& shown() const { return shown_; }  ///< the whole line without its secrets
  std::string path(const Context& context) const;      ///< throws Error{not_found} naming the program

  /// Pushes its standard output into `out` (not committed). Returns the number of bytes. Throws Error{source} when it fails.
  std::uint64_t read_into(Writer& out, Context& context) const;
  /// Feeds it everything and waits for its end; returns the number of bytes. What it prints on standard output is dropped. Throws
  /// Error{target} when it fails or leaves some of it unread. Errors of `from` come through as they are.
  std::uint64_t feed(Reader& from, Context& context) const;

 private:
  Command command(const Context& context) const;
  void check_status(int status, const Process& process, ErrorCode code) const;
  std::string said(const Process& process) const;

  std::vector<std::string> argv_;
  std::vector<std::string> secrets_;
  std::string shown_;
};

}  // namespace holdfast
