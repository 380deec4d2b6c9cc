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

/// What a storage is asked to do: `write` and `commit` are those of a writer, `read` is the opening of a reader and its stream, `lock` the
/// renewing of one.
enum class StorageOperation { put, write, commit, read, stat, list, remove, lock };
std::string_view to_string(StorageOperation operation) noexcept;

enum class FaultEffect {
  fail,      ///< not done and reported failed; a read fails after `offset` bytes
  ghost,     ///< done but reported failed, as when the answer is lost
  phantom,   ///< reported done but not done; a read, listing or stat finds nothing
  truncate,  ///< reported done, but only the first `offset` bytes of this put, write or read are there (of a listing: objects)
  flip,      ///< one bit of byte `offset` of this put, write or read is wrong
  stale,     ///< a listing or stat shows what was there `behind` changes ago: what came since is missing, what went since is still there
  call,      ///< `call` runs first: a delay, or something that happens meanwhile
};

/// One thing that goes wrong.
struct FaultRule {
  StorageOperation operation = StorageOperation::put;
  std::string name = "*";  ///< shell pattern over the whole name ('*' takes '/' too); for a listing over its prefix
  std::uint64_t nth = 0;   ///< which of the calls that match, from 1; 0 = each
  FaultEffect effect = FaultEffect::fail;
  ErrorCode code = ErrorCode::io;
  bool retryable = false;
  std::uint64_t offset = 0;
  std::uint64_t behind = 0;  ///< of the changes made through this storage
  std::function<void()> call;
};

/// A point before or after an operation's effect: where a process may die.
struct StorageStep {
  StorageOperation operation;
  std::string_view name;
  std::uint64_t number;  ///< of the operation, from 1, over all operations
  bool after;            ///< its effect has happened (unless it failed: then there is no such step)
};

struct FaultPlan {
  std::vector<FaultRule> rules;  ///< of those that fit a call the first acts
  /// Called at each step from the thread that makes it; may throw or end the process. May be empty.
  std::function<void(const StorageStep&)> on_step;
};

/// `inner` with faults. Without rules it is `inner`. Throws Error{invalid_argument} for a rule that can't be.
std::shared_ptr<Storage> faulty_storage(std::shared_ptr<Storage> inner, FaultPlan plan);

}  // namespace holdfast
