#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/error.hpp"
#include "holdfast/replicated.hpp"

namespace holdfast {

/// The folder for a set's own objects, on each of its storages. The set's users have no objects there.
inline constexpr std::string_view kReplicaFolder = ".replicas/";

/// The members of a replicated storage, and which of them have everything. docs/storage.md describes the protocol and
/// names its steps. Safe from any thread.
class ReplicaSet {
 public:
  using Index = std::size_t;  ///< of a storage, in the order given

  ReplicaSet(std::vector<Replica> replicas, unsigned quorum, ReplicaUse use);

  unsigned quorum() const noexcept { return quorum_; }
  /// Returns how many members must answer so that no stored object is missed.
  std::size_t readers() const noexcept { return members() - majority() + 1; }
  std::size_t members() const;
  Storage& storage(Index index) const { return *copies_[index].storage; }
  std::size_t size() const noexcept { return copies_.size(); }
  std::string id(Index index) const;

  std::vector<Index> usable() const;     ///< members that have everything, as far as is known
  std::vector<Index> reachable() const;  ///< members that can be asked, including those that are behind
  std::vector<ReplicaStatus> status() const;

  /// Stops using a storage that failed. Objects stored from now on are marked as missing there.
  void exclude(Index index, const Error& error);
  /// Stops using a storage whose objects differ from those of the others.
  void exclude_behind(Index index, const std::string& why);
  /// Uses a storage again that has everything.
  void admit(Index index);

  /// Called after an object was stored on (or removed from) `holders`. Puts our mark for every other member on them,
  /// unless it is there. Throws if fewer than the quorum accept it.
  void mark_others(const std::vector<Index>& holders);
  /// Reads the marks of others: stops using marked members, and learns of repairs. Throws if too few answer.
  void refresh();
  /// Returns a number that grows whenever refresh() learns of a repair.
  std::uint64_t repairs_seen() const;

  // For a repair:
  /// Puts a new mark on all members that can be reached. Returns its object's name. `since`: the member missed nothing
  /// older than that.
  std::string mark(const std::string& id, TimePoint since);
  std::set<std::string> marks_of(const std::string& id) const;  ///< their names
  /// Returns when the first of these marks was put, or the time that it states. Returns none if there is no mark.
  std::optional<TimePoint> marked_since(const std::set<std::string>& marks) const;
  void remove_marks(const std::set<std::string>& names);
  void note_repair(const std::string& id);  ///< leaves a trace for writers that did not notice the repair
  void teach(Index index);                  ///< tells a storage about the members of the set and about marks
  void forget(const std::string& id);       ///< removes a member that is gone for good

  /// Returns the error of an operation that succeeded on too few storages. It names the first failure.
  Error too_few(std::string_view what, std::size_t did) const;

 private:
  struct Copy {
    std::string uri;
    std::shared_ptr<Storage> storage;  // null: could not be opened
    std::string id;
    ReplicaStatus::State state = ReplicaStatus::State::unknown;
    std::string why;
    ErrorCode code = ErrorCode::network;
  };
  /// The set's own objects on one storage.
  struct Scan {
    std::optional<std::string> id;
    std::set<std::string> members;
    std::set<std::string> marks;  ///< names of marks and traces
  };

  std::size_t majority() const { return members() / 2 + 1; }
  void scan_all(ReplicaUse use);
  std::optional<Scan> scan(Copy& copy) const;
  void check_distinct() const;
  void require_set(ReplicaUse use);
  void form();
  void join(Index index);
  void settle_quorum(unsigned quorum);
  std::vector<std::set<std::string>> ask(const std::vector<Index>& copies);
  bool has_news(const std::vector<std::set<std::string>>& found) const;
  void learn_traces(const std::vector<std::set<std::string>>& found);
  void apply_marks(const std::vector<std::set<std::string>>& marks, std::size_t asked);
  void name_the_unreachable();
  std::string member_uri(const std::string& id) const;
  std::string own_mark(const std::string& id) const;
  void require_id(Copy& copy) const;
  void put_everywhere(const std::string& object, std::string_view content, std::size_t at_least);

  std::vector<Copy> copies_;
  std::set<std::string> members_;  // ids
  std::string writer_;             // distinguishes our marks from those of others
  unsigned quorum_ = 0;
  std::set<std::string> traces_;  // names
  std::uint64_t repairs_seen_ = 0;
  mutable std::mutex mutex_;  // guards states, members_, traces_
};

/// Throws Error{invalid_argument} for a name in kReplicaFolder.
void check_replicated_name(std::string_view name);

}  // namespace holdfast
