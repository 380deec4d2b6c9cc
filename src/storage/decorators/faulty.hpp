#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// A request to a storage. `write` and `commit` belong to a writer; `read` opens a reader or reads from it; `lock`
/// renews a lock.
enum class StorageOperation { put, write, commit, read, stat, list, remove, lock };
std::string_view to_string(StorageOperation operation) noexcept;

enum class FaultEffect {
  fail,      ///< not done and reported as failed; a read fails after `offset` bytes
  ghost,     ///< done but reported as failed, as if the answer was lost
  phantom,   ///< reported as done but not done; a read, listing or stat finds nothing
  truncate,  ///< reported as done, but with only the first `offset` bytes of this put, write or read (of a listing: objects)
  flip,      ///< one bit of byte `offset` of this put, write or read is wrong
  stale,     ///< a listing or stat shows the state of `behind` changes ago: newer objects are missing, removed ones are present
  call,      ///< `call` runs first: a delay, or an event in between
};

/// One fault.
struct FaultRule {
  StorageOperation operation = StorageOperation::put;
  std::string name = "*";  ///< shell pattern for the whole name ('*' matches '/' too); for a listing, for its prefix
  std::uint64_t nth = 0;   ///< which matching call, from 1; 0 = each
  FaultEffect effect = FaultEffect::fail;
  ErrorCode code = ErrorCode::io;
  bool retryable = false;
  std::uint64_t offset = 0;
  std::uint64_t behind = 0;  ///< number of changes made through this storage
  std::function<void()> call;
};

/// A point before or after an operation's effect, where a process may die.
struct StorageStep {
  StorageOperation operation;
  std::string_view name;
  std::uint64_t number;  ///< of the operation, from 1, counting all operations
  bool after;            ///< its effect has happened; a failed operation has no such step
};

struct FaultPlan {
  std::vector<FaultRule> rules;  ///< the first rule that matches a call applies
  /// Called at each step by the thread that makes it. May throw or end the process. May be empty.
  std::function<void(const StorageStep&)> on_step;
};

/// Returns `inner` with faults, or `inner` itself without rules. Throws Error{invalid_argument} for an impossible rule.
std::shared_ptr<Storage> faulty_storage(std::shared_ptr<Storage> inner, FaultPlan plan);

}  // namespace holdfast
