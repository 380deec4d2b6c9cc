#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/driver.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// Connection between a storage and its host, outside of the storage's calls.
struct StorageHost {
  std::stop_token stop = {};  ///< ends waits with Error{cancelled}
  /// Receives each warning, one line; from any thread. May be empty. Objects that it refers to must outlive the
  /// storage.
  std::function<void(const std::string&)> warn = {};
};
/// Opens a storage for such a host.
std::shared_ptr<Storage> open_storage(std::string_view uri, const Options& options, IfMissing if_missing, const StorageHost& host);

// Storages that wrap or combine storages. docs/storage.md describes the guarantees of each.

/// How a failed operation is retried.
struct RetryPolicy {
  std::chrono::milliseconds first_delay{100};  ///< longest wait before the first retry; doubles with each further one
  std::chrono::milliseconds longest_delay{10'000};
  std::chrono::milliseconds deadline{900'000};  ///< for one operation with all its retries: no retry begins later
  std::uint64_t replay_bytes = 1U << 20;        ///< a stream up to this size is kept until its commit, for a retry
  std::stop_token stop;                         ///< ends waits with Error{cancelled}
  Random* random = &system_random();            ///< borrowed; for the jitter
  /// Replaces the wait, for tests. Empty = real waits.
  std::function<void(std::chrono::milliseconds)> wait;
};

/// Retries operations that fail with a `retryable` error. If a put ends with an error and the object then exists with
/// exactly the bytes of that put, the put counts as successful.
std::shared_ptr<Storage> retrying_storage(std::shared_ptr<Storage> inner, RetryPolicy policy = {});

/// Bytes per second; 0 = no limit.
struct Bandwidth {
  std::uint64_t up = 0;
  std::uint64_t down = 0;
};
/// Limits the bandwidth, over all threads together.
std::shared_ptr<Storage> throttled_storage(std::shared_ptr<Storage> inner, Bandwidth bandwidth, std::stop_token stop = {});

/// Keeps copies of the objects under `prefix` in `cache`, so that each object is fetched once. The names of these
/// objects end in the SHA-256 of their bytes. A copy is used only if its bytes match its name: a cache that is damaged,
/// full, read-only or lost costs only time. A listing of `prefix` also drops the copies of objects that no longer
/// exist. An object that others removed meanwhile may still be read from its copy. Repository::list also caches what it
/// read of each backup; names, sizes and times always come from the storage's listing. A storage made of several keeps
/// no such copies: wrap the combined storage, not its parts.
std::shared_ptr<Storage> cached_storage(std::shared_ptr<Storage> inner, std::shared_ptr<Storage> cache, std::string prefix);

/// Refuses every change with Error{permission_denied}.
std::shared_ptr<Storage> read_only_storage(std::shared_ptr<Storage> inner);

struct QuotaOptions {
  std::uint64_t limit_bytes = 0;
  double warn_at = 0.9;  ///< fraction of the limit
  /// Called once, when the stored bytes first exceed the threshold; on the thread that stores. May be empty.
  std::function<void(std::uint64_t used, std::uint64_t limit)> warn;
};
/// Refuses what would not fit, before it is sent, with Error{no_space}. Counts existing objects at the first change,
/// then everything that passes through this storage. Does not see what others store meanwhile.
std::shared_ptr<Storage> quota_storage(std::shared_ptr<Storage> inner, QuotaOptions options);

/// Status of one replica: one of the storages that hold the same objects.
struct ReplicaStatus {
  enum class State {
    in_sync,      ///< has everything
    behind,       ///< lacks objects or keeps removed ones; receives nothing more until it is repaired
    unreachable,  ///< can't be reached, or failed since; its data may be fine
    missing,      ///< belongs to the set but was not named
    unknown,      ///< was named but does not belong to the set yet; a repair adds it
  } state = State::in_sync;
  std::string id;   ///< 32 hex digits; empty if unknown
  std::string uri;  ///< for people
  std::string why;  ///< one line; empty when in sync
};
std::string_view to_string(ReplicaStatus::State state) noexcept;

struct ReplicaRepairOptions {
  bool every_byte = false;                         ///< read and compare all objects, not only their names and sizes
  std::vector<std::string> forget;                 ///< ids of replicas that are permanently lost
  std::function<void(const std::string&)> report;  ///< receives each action that was taken; may be empty
};

struct ReplicaRepairReport {
  std::uint64_t copied_objects = 0;
  std::uint64_t copied_bytes = 0;
  std::uint64_t removed_objects = 0;   ///< removals that a replica had missed
  std::uint64_t replaced_objects = 0;  ///< objects whose bytes differed from the other replicas
  std::vector<std::string> problems;   ///< what could not be decided or done
  std::vector<ReplicaStatus> copies;   ///< status after the repair
};

/// N storages that hold the same objects. Each stored object is on at least `quorum` of them when the call returns.
/// Each replica can also be opened alone.
class ReplicatedStorage : public Storage {
 public:
  virtual std::vector<ReplicaStatus> status() = 0;
  virtual unsigned quorum() const = 0;
  /// Makes the reachable replicas identical. Safe during writes. Reads nothing except the storages.
  virtual ReplicaRepairReport repair(const ReplicaRepairOptions& options, Context& context) = 0;
};

/// A storage for a set of replicas. `storage` is null if it can't be opened; then `why` has the reason.
struct Replica {
  std::string uri;
  std::shared_ptr<Storage> storage;
  std::string why;
};

enum class ReplicaUse {
  create,  ///< makes a set of empty storages; opens an existing set as it is
  open,    ///< opens the set as it is
  repair,  ///< also accepts storages that do not belong to the set yet; a repair adds them
};

/// Opens a set of replicas. `quorum` 0 = a majority, which is the minimum. Throws Error{invalid_argument} if the
/// storages are not a set. If too few can be reached to know what is stored, throws the Error of the first one that
/// failed.
std::shared_ptr<ReplicatedStorage> replicated_storage(std::vector<Replica> replicas, unsigned quorum, ReplicaUse use);
/// Address of one replica, for open_storage.
struct ReplicaAddress {
  std::string uri;
  Options options;
};
/// The same for URIs. A replica that can't be opened counts as unreachable.
std::shared_ptr<ReplicatedStorage> open_replicated(const std::vector<ReplicaAddress>& addresses, unsigned quorum, ReplicaUse use,
                                                   const StorageHost& host = {});

/// Tests whether a storage keeps the contract: create-only names, listings that are complete at once, durability, a
/// clock close to ours, and the rights to put, read, list and remove. Removes its test objects, if it may remove.
std::vector<Finding> diagnose_storage(Storage& storage, Context& context);

}  // namespace holdfast
