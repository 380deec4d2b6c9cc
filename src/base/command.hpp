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
#include "base/memory_file.hpp"

namespace holdfast {

/// The user of a program, for servers that refuse to run as root.
struct RunAs {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;
};
/// Returns the first of `names` that this machine knows. Null unless we are root: programs then run as ourselves.
/// Throws Error{not_found} if it knows none.
std::optional<RunAs> unprivileged_user(std::span<const std::string> names);

/// Returns the names of our variables that any program may have: user, folders, language and time zone. None of them
/// holds a secret.
std::vector<std::string> basic_variables();

/// A program to start.
struct Command {
  std::vector<std::string> argv;  ///< argv[0] is a path, from find_program
  /// Variables to set. If a name is given twice, the last one counts.
  std::vector<std::pair<std::string, std::string>> environment;
  /// Variables of ours that the program inherits if they are set; it inherits no others. "LC_*" names a family.
  std::vector<std::string> pass = basic_variables();
  std::optional<RunAs> user;
  std::vector<int> inherit;         ///< file descriptors that the program keeps under the same numbers
  std::filesystem::path directory;  ///< working directory; empty = ours
  int death_signal = SIGTERM;       ///< sent when the thread that started the program ends, even if we are killed
  bool discard_output = false;      ///< standard output goes to /dev/null instead of a pipe
  /// See Process::bound_silence.
  std::chrono::milliseconds patience = std::chrono::milliseconds::max();
  std::vector<std::shared_ptr<const MemoryFile>> files;  ///< also kept under the same numbers
  std::shared_ptr<const Confinement> confinement;        ///< null: the program has our own rights
};

/// Returns `names` if all are set in our environment. Otherwise throws Error{invalid_argument} that names one which is
/// not: a program that was promised the variable would fail for no visible reason.
std::vector<std::string> require_variables(const std::vector<std::string>& names);

/// Returns the program's variables, as "NAME=value".
std::vector<std::string> environment_of(const Command& command);

}  // namespace holdfast
