#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/repository.hpp"

namespace holdfast {

/// What a replication did for one backup: it copied it, or it failed.
struct Replicated {
  BackupId backup;                 ///< the original; empty: one of the two repositories could not be read
  std::optional<BackupInfo> copy;  ///< the copy, if it is there
  std::string error;               ///< one line; empty = it was copied, and verified if that was asked for
};

/// Result of one round: each missing backup was tried once.
struct ReplicationReport {
  std::vector<Replicated> copied;
  std::vector<Replicated> failed;  ///< the next round tries them again
  std::uint64_t present = 0;       ///< backups that were there before
};

struct ReplicationOptions {
  /// Time between the end of a round and the next one; 0 = one round.
  std::chrono::seconds every{0};
  /// Verifies each copy where it is to this level, also one that is there without that proof. A copy with a fault is a
  /// failure until it is proven or removed there.
  std::optional<VerifyLevel> verify;
  /// Both are called on the thread of replicate(); what they throw ends it. May be empty.
  std::function<void(const BackupId&)> on_begin;  ///< before a copy
  /// After a copy, and after a failure whose reason is not that of the round before.
  std::function<void(const Replicated&)> on_end;
};

/// Copies the backups that `to` does not have, oldest first. A backup is there already if one with the same start time,
/// sources and content is, whoever copied it. A backup that can't be copied stops no other.
///
/// With `every` it does so until a stop is requested, and returns the report of the last round; a round that can't read
/// one of the repositories is one failure. Otherwise throws Error for that, and Error{cancelled} after a stop request.
/// A copy that was begun is then not there.
ReplicationReport replicate(const Repository& from, Repository& to, const ReplicationOptions& options, Context& context);

}  // namespace holdfast
