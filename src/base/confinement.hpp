#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/fd.hpp"

namespace holdfast {

/// Fences around a child that runs other people's code: it opens only files below the given paths, makes no
/// connections, and can't look into other processes. The fences last for its lifetime and extend to its children. Linux
/// only; fences that the kernel does not support are left out and listed by missing(). Construct it before fork().
/// leave_network() and enter() run in the child and make only async-signal-safe calls.
class Confinement {
 public:
  enum class Programs { none, any };  ///< which programs the child may start once it runs
  struct Paths {
    std::vector<std::filesystem::path> read;   ///< files, or folders with everything below them; missing ones are skipped
    std::vector<std::filesystem::path> write;  ///< folders in which the child may do anything
  };
  Confinement(const Paths& paths, Programs programs);

  /// Moves the child into an empty network namespace. Needs root's rights; does nothing without them.
  void leave_network() const noexcept;
  /// Applies the fences, right before execve(program). `program` must be the same pointer that is passed to execve.
  /// Returns false, with errno set, if a fence that this kernel supports could not be applied.
  bool enter(const char* program) const noexcept;

  /// Returns the missing fences, for people; empty if there are none.
  const std::vector<std::string>& missing() const noexcept { return missing_; }

 private:
  bool filter_calls(const char* program) const noexcept;

  Programs programs_;
  Fd files_;  // a Landlock ruleset
  bool filters_ = false;
  std::vector<std::string> missing_;
};

}  // namespace holdfast
