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

/// What a storage tells its host and hears from it, outside of its calls.
struct StorageHost {
  std::stop_token stop = {};  ///< ends waits with Error{cancelled}
  /// Told what is worth a warning, one line; from any thread. May be empty; what it refers to outlives the storage.
  std::function<void(const std::string&)> warn = {};
};
/// open_storage for such a host.
std::shared_ptr<Storage> open_storage(std::string_view uri, const Options& options, IfMissing if_missing, const StorageHost& host);

// Storages made of storages. docs/storage.md says what each promises.

/// How an operation that failed is tried again.
struct RetryPolicy {
  std::chrono::milliseconds first_delay{100};  ///< the longest wait before the second try; doubles with each further one
  std::chrono::milliseconds longest_delay{10'000};
  std::chrono::milliseconds deadline{900'000};  ///< of one operation with all its tries: none begins later
  std::uint64_t replay_bytes = 1U << 20;        ///< a stream up to this size is held until its commit, and can be sent again
  std::stop_token stop;                         ///< ends waiting with Error{cancelled}
  Random* random = &system_random();            ///< borrowed; for the jitter
  /// Waits; for tests. Empty = really.
  std::function<void(std::chrono::milliseconds)> wait;
};

/// Tries again what failed with a `retryable` error. An object whose put was answered by an error and that is found there with the
/// very bytes of that put counts as stored by it.
std::shared_ptr<Storage> retrying_storage(std::shared_ptr<Storage> inner, RetryPolicy policy = {});

/// Bytes per second; 0 = no limit.
struct Bandwidth {
  std::uint64_t up = 0;
  std::uint64_t down = 0;
};
/// Lets no more bytes pass, over all threads together.
std::shared_ptr<Storage> throttled_storage(std::shared_ptr<Storage> inner, Bandwidth bandwidth, std::stop_token stop = {});

/// Keeps copies of the objects under `prefix` in `cache`, so that each is fetched once. Their names end in the SHA-256 of their bytes, and
/// a copy is used only if that is so: a cache that is damaged, full, read-only or gone costs time and nothing else. A listing of `prefix`
/// also drops the copies of what is not there any more. What others remove meanwhile may still be read from the copy. Repository::list also
/// keeps there what it read of each backup; names, sizes and times come from the storage's listing all the same. A storage made of several
/// keeps no such copies: wrap that with this one, not its parts.
std::shared_ptr<Storage> cached_storage(std::shared_ptr<Storage> inner, std::shared_ptr<Storage> cache, std::string prefix);

/// Refuses every change with Error{permission_denied}.
std::shared_ptr<Storage> read_only_storage(std::shared_ptr<Storage> inner);

struct QuotaOptions {
  std::uint64_t limit_bytes = 0;
  double warn_at = 0.9;  ///< share of the limit
  /// Called once, when what is stored first passes the threshold; from the thread that stores. May be empty.
  std::function<void(std::uint64_t used, std::uint64_t limit)> warn;
};
/// Refuses with Error{no_space} what would not fit, before it is sent. Counts what is there at the first change, then what goes through
/// this storage; what others store meanwhile is not seen.
std::shared_ptr<Storage> quota_storage(std::shared_ptr<Storage> inner, QuotaOptions options);

/// One of the storages that hold the same objects.
struct ReplicaStatus {
  enum class State {
    in_sync,      ///< has everything
    behind,       ///< lacks something, or keeps what was removed: gets nothing more until it is repaired
    unreachable,  ///< can't be asked, or failed since: it may be fine
    missing,      ///< belongs to the set but was not named
    unknown,      ///< was named but does not belong to the set yet: a repair adds it
  } state = State::in_sync;
  std::string id;   ///< 32 hex digits; empty if it can't be told
  std::string uri;  ///< for people
  std::string why;  ///< one line; empty when in sync
};
std::string_view to_string(ReplicaStatus::State state) noexcept;

struct ReplicaRepairOptions {
  bool every_byte = false;                         ///< read and compare all objects, not only their names and sizes
  std::vector<std::string> forget;                 ///< ids of members that are gone for good
  std::function<void(const std::string&)> report;  ///< told each thing that is done; may be empty
};

struct ReplicaRepairReport {
  std::uint64_t copied_objects = 0;
  std::uint64_t copied_bytes = 0;
  std::uint64_t removed_objects = 0;   ///< that a storage had missed the removal of
  std::uint64_t replaced_objects = 0;  ///< whose bytes were not those of the others
  std::vector<std::string> problems;   ///< what could not be decided or done
  std::vector<ReplicaStatus> copies;   ///< as they are now
};

/// N storages that hold the same objects: what is stored is on at least `quorum` of them when the call returns. Each of them
/// opens alone as well.
class ReplicatedStorage : public Storage {
 public:
  virtual std::vector<ReplicaStatus> status() = 0;
  virtual unsigned quorum() const = 0;
  /// Makes the reachable copies alike; safe beside writers. Nothing but the storages is read.
  virtual ReplicaRepairReport repair(const ReplicaRepairOptions& options, Context& context) = 0;
};

/// A storage to be part of a set; `storage` is null when it can't be opened, and `why` says so.
struct Replica {
  std::string uri;
  std::shared_ptr<Storage> storage;
  std::string why;
};

enum class ReplicaUse {
  create,  ///< empty storages become a set; a set is opened as it is
  open,    ///< the set as it is
  repair,  ///< storages that do not belong to the set yet may be named: a repair adds them
};

/// `quorum` 0 = a majority, which is the least that is allowed. Throws Error{invalid_argument} for storages that are no set, Error of
/// the first one that failed when too few can be reached to know what is stored.
std::shared_ptr<ReplicatedStorage> replicated_storage(std::vector<Replica> replicas, unsigned quorum, ReplicaUse use);
/// Where a copy is, for open_storage.
struct ReplicaAddress {
  std::string uri;
  Options options;
};
/// The same for URIs: what can't be opened counts as unreachable.
std::shared_ptr<ReplicatedStorage> open_replicated(const std::vector<ReplicaAddress>& addresses, unsigned quorum, ReplicaUse use,
                                                   const StorageHost& host = {});

/// Proves by trying that a storage keeps the contract: create-only names, listings complete at once, durable, a clock near ours, and the
/// right to put, read, list and remove. Leaves nothing behind where it may remove.
std::vector<Finding> diagnose_storage(Storage& storage, Context& context);

}  // namespace holdfast
