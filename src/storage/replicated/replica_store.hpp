#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "storage/replicated/replica_set.hpp"

namespace holdfast {

/// Rethrows an error that our caller caused; any other one concerns only the storage that failed.
void rethrow_if_ours(const Error& error);

/// Runs `work` for all these storages, at the same time.
void on_each(const std::vector<ReplicaSet::Index>& copies, const std::function<void(std::size_t)>& work);

/// Called before an operation on `holders` is reported as done. Does not count a storage that was marked as behind
/// meanwhile, or that was repaired while we did not notice, because it may have lost the object (or got it back).
void confirm(ReplicaSet& set, std::string_view name, bool there, std::vector<ReplicaSet::Index> holders, std::uint64_t repairs_seen);

/// Stores one object: docs/storage.md, P1 to P5. Calls `put` once for each storage.
PutResult store(ReplicaSet& set, std::string_view name, const std::vector<ReplicaSet::Index>& copies,
                const std::function<PutResult(ReplicaSet::Index)>& put);

}  // namespace holdfast
