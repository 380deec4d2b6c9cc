#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "holdfast/clock.hpp"
#include "holdfast/random.hpp"

namespace holdfast {

/// Runs programs on one machine. This machine's is the only implementation.
class Executor;
Executor& local_executor() noexcept;

/// Signs audit records with a key that only the host has; audit.hpp.
class AuditSigner;

/// What a host lends to the library for many operations. The library takes the clock, randomness, the program search
/// path and the place for short-lived files only from here. Pointers are borrowed; what they point to must be safe from
/// any thread.
struct HostServices {
  const Clock* clock = &system_clock();
  Random* random = &system_random();
  std::vector<std::filesystem::path> program_path = {};  ///< searched for pg_dump and the like, before the usual places
  /// Environment variables of this process that the user's commands (`exec:`) inherit, besides PATH, HOME, language and
  /// the like.
  std::vector<std::string> pass_environment = {};
  std::filesystem::path temp_directory = "/tmp";  ///< for scratch servers only; data never passes through it
  Executor* executor = &local_executor();         ///< runs all programs
  std::string principal = {};                     ///< on whose behalf the host calls: the "who" of audit records
  AuditSigner* audit_signer = nullptr;            ///< signs audit records; null = the repository's own key does
};

}  // namespace holdfast
