#pragma once

#include <string>

#include "holdfast/storage.hpp"

namespace holdfast {

/// Finds out whether this thread's calls reach a storage that locks its objects, while it lives: a storage of a host's may pass calls on to
/// one without passing its locks on, and nobody could tell by its interface.
class LockWitness {
 public:
  LockWitness() noexcept;
  LockWitness(const LockWitness&) = delete;
  LockWitness& operator=(const LockWitness&) = delete;
  ~LockWitness();

  /// A storage that locks says that it was called.
  static void called(const Storage& locking) noexcept;

  /// Throws Error{unsupported} if one was called, and `storage`, which the calls were made to, locks nothing.
  void require_told(const Storage& storage) const;

 private:
  LockWitness* const outer_;
  std::string seen_;  // for people; empty: none
};

}  // namespace holdfast
