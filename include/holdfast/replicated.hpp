#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/storage.hpp"
#include "holdfast/storage_host.hpp"

namespace holdfast {

class Context;

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
  /// Returns one replica alone, to read from it, also if it is behind; null if it can't be reached. Borrowed.
  virtual Storage* replica(std::string_view id) = 0;
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

}  // namespace holdfast
