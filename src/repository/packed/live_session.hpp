#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "repository/doubts.hpp"
#include "repository/heartbeat.hpp"
#include "repository/packed/marks.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

/// The record that somebody is writing or collecting, from W1 or G1 to its end. Safe from many threads.
class LiveSession {
 public:
  enum class Purpose { backup, collect };
  /// Puts the record, then looks for marks, then says which it saw. `backup` is what is written, if something is.
  LiveSession(std::shared_ptr<const PackedPlace> place, Purpose purpose, BackupId backup, Context& context);

  const std::string& id() const noexcept { return id_; }
  ~LiveSession();  ///< removes the records if end() was not called, as far as it can
  LiveSession(const LiveSession&) = delete;
  LiveSession& operator=(const LiveSession&) = delete;

  /// The marks that were there when it began: their packs must not be used.
  const std::vector<Mark>& seen() const noexcept { return marks_.marks; }
  /// Whether nothing that is stored may be used: there was a mark that does not open, and a collector that may know what it says.
  bool may_use_nothing() const noexcept { return may_use_nothing_; }
  TimePoint storage_begun() const noexcept { return begun_; }  ///< by the storage's time
  Doubts& doubts() const noexcept { return doubts_; }

  /// Leaves a sign of life if one is due; whether it did.
  bool beat();
  /// W6, W8, G6: throws Error{conflict} if somebody took this session for dead. False if that can't be told for sure, for something that
  /// does not open stands in a fence's place.
  bool require_alive() const;
  /// Removes the records.
  void end();

 private:
  struct Put {
    std::string object;
    Bytes bytes;
  };
  Put put(std::string_view part, const std::vector<Mark>* seen = nullptr) const;
  bool is_there(const Put& put) const;
  [[noreturn]] void taken_for_dead() const;

  std::shared_ptr<const PackedPlace> place_;
  Context& context_;
  mutable Doubts doubts_;
  const BackupId backup_;
  const std::string id_;
  Put record_, ready_;
  Marks marks_;
  bool may_use_nothing_ = false;
  TimePoint begun_{};
  Heartbeat heartbeat_;
  bool ended_ = false;
};

/// A session as others see it.
struct OtherSession {
  BackupId backup;     ///< what it writes, if something
  TimePoint newest{};  ///< its last sign of life, by the storage's time
  TimePoint oldest{};
  bool fenced = false;
  std::set<std::string> seen;  ///< marks
  std::vector<std::string> objects;
};
/// What lies under "sessions/" but the objects of the session called `self`.
struct OtherSessions {
  std::map<std::string, OtherSession> sessions;
  std::vector<ObjectInfo> junk;  ///< of no session: nothing opens that would say that there is one
  bool collecting() const;       ///< whether one is that of a collector, which is not fenced
};
OtherSessions other_sessions(const PackedPlace& place, Doubts& doubts, const std::string& self);
/// The names under "sessions/" that are ours.
std::vector<std::string> session_objects(const PackedPlace& place);
/// Opens one. Throws Error{corrupt} naming it.
void check_session_record(const PackedPlace& place, const std::string& object);
void put_fence(const PackedPlace& place, Doubts& doubts, const std::string& id, const BackupId& backup);
/// Removes all objects of a fenced session, the fence last.
void remove_session(const PackedPlace& place, Doubts& doubts, const OtherSession& session);
/// Removes what is of no use to anybody. What can't be removed stays, and is told.
void remove_litter(const PackedPlace& place, Doubts& doubts, const std::string& object);

}  // namespace holdfast
