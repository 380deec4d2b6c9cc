#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/fd.hpp"

namespace holdfast {

/// Fences around a child that runs other people's code: it opens files below the given paths only, connects to nothing, and
/// looks into no other process. It keeps them for life and hands them on to its children. Linux only; what the kernel lacks is left out,
/// and missing() names it. Made before fork(); leave_network() and enter() run in the child and call only what is async-signal-safe.
class Confinement {
 public:
  enum class Programs { none, any };  ///< which programs the child may start, once it is running itself
  struct Paths {
    std::vector<std::filesystem::path> read;   ///< files, or folders with all below them; those that do not exist are passed over
    std::vector<std::filesystem::path> write;  ///< folders in which the child may do what it likes
  };
  Confinement(const Paths& paths, Programs programs);

  /// Moves the child into an empty network namespace. Needs root's rights; without them nothing happens.
  void leave_network() const noexcept;
  /// Puts the fences up, right before execve(program). `program` must be the very pointer that execve is given. False, with errno set, if a
  /// fence that this kernel has could not be put up.
  bool enter(const char* program) const noexcept;

  /// The fences that are not there, for people; empty where all are.
  const std::vector<std::string>& missing() const noexcept { return missing_; }

 private:
  bool filter_calls(const char* program) const noexcept;

  Programs programs_;
  Fd files_;  // a Landlock ruleset
  bool filters_ = false;
  std::vector<std::string> missing_;
};

}  // namespace holdfast
