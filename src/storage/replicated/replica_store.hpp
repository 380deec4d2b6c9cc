#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "storage/replicated/replica_set.hpp"

namespace holdfast {

/// What went wrong on one storage concerns that one only, unless it is our caller's doing.
void rethrow_if_ours(const Error& error);

/// Runs `work` for each of the storages, at the same time.
void on_each(const std::vector<ReplicaSet::Index>& copies, const std::function<void(std::size_t)>& work);

/// Before an operation on `holders` is reported as done: whoever was marked behind meanwhile, or was repaired while we slept and
/// so may have lost (or got back) the object, does not count.
void confirm(ReplicaSet& set, std::string_view name, bool there, std::vector<ReplicaSet::Index> holders, std::uint64_t repairs_seen);

/// Stores one object: docs/storage.md, P1 to P5. `put` is called once for each storage.
PutResult store(ReplicaSet& set, std::string_view name, const std::vector<ReplicaSet::Index>& copies,
                const std::function<PutResult(ReplicaSet::Index)>& put);

}  // namespace holdfast
