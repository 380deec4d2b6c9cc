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
#include "holdfast/storages.hpp"

namespace holdfast {

/// Where a set keeps its own objects, on each of its storages. No object of the set's users lies there.
inline constexpr std::string_view kReplicaFolder = ".replicas/";

/// Who belongs to a replicated storage, and who of them has everything. docs/storage.md has the protocol; its steps are named there.
/// Safe from any thread.
class ReplicaSet {
 public:
  using Index = std::size_t;  ///< of a storage, in the order they were named

  ReplicaSet(std::vector<Replica> replicas, unsigned quorum, ReplicaUse use);

  unsigned quorum() const noexcept { return quorum_; }
  /// How many members must have been asked so that nothing that was stored is missed.
  std::size_t readers() const noexcept { return members() - majority() + 1; }
  std::size_t members() const;
  Storage& storage(Index index) const { return *copies_[index].storage; }
  std::size_t size() const noexcept { return copies_.size(); }
  std::string id(Index index) const;

  std::vector<Index> usable() const;     ///< members that have everything, as far as is known
  std::vector<Index> reachable() const;  ///< members that can be asked, those that are behind too
  std::vector<ReplicaStatus> status() const;

  /// A storage failed: it is not used any more, and what is stored from now on is marked as missing there.
  void exclude(Index index, const Error& error);
  /// It holds something else than the others.
  void exclude_behind(Index index, const std::string& why);
  /// It has everything again.
  void admit(Index index);

  /// After something was stored on (or removed from) `holders`: leaves a mark on them for every other member, unless ours is there. Throws
  /// when fewer than the quorum could take it.
  void mark_others(const std::vector<Index>& holders);
  /// Looks for what others left: stops using who is marked, and learns of repairs. Throws when too few answer.
  void refresh();
  /// Grows whenever refresh() learns of a repair.
  std::uint64_t repairs_seen() const;

  // For a repair.
  /// Puts a new mark on all that can be reached; its object's name. `since`: nothing older than that was missed.
  std::string mark(const std::string& id, TimePoint since);
  std::set<std::string> marks_of(const std::string& id) const;  ///< their names
  /// When the first of these marks was put, or what it says about that. None = there is none.
  std::optional<TimePoint> marked_since(const std::set<std::string>& marks) const;
  void remove_marks(const std::set<std::string>& names);
  void note_repair(const std::string& id);  ///< leaves a trace of it, for writers that slept through it
  void teach(Index index);                  ///< tells a storage who belongs to the set and who is behind
  void forget(const std::string& id);       ///< a member that is gone for good

  /// Error of an operation that too few storages carried out: names the first failure.
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
  /// What a storage's own objects of the set say.
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
  std::string writer_;             // makes our marks our own
  unsigned quorum_ = 0;
  std::set<std::string> traces_;  // names
  std::uint64_t repairs_seen_ = 0;
  mutable std::mutex mutex_;  // guards states, members_, traces_
};

/// Throws Error{invalid_argument} for a name in kReplicaFolder.
void check_replicated_name(std::string_view name);

}  // namespace holdfast
