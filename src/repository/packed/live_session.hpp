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

/// The record of a running writer or collector, from W1 or G1 to its end. Safe from many threads.
class LiveSession {
 public:
  enum class Purpose { backup, collect };
  /// Puts the record, then lists the marks, then records which marks it saw. `backup` is the backup that is written, if
  /// any.
  LiveSession(std::shared_ptr<const PackedPlace> place, Purpose purpose, BackupId backup, Context& context);

  const std::string& id() const noexcept { return id_; }
  ~LiveSession();  ///< removes the records as far as possible if end() was not called
  LiveSession(const LiveSession&) = delete;
  LiveSession& operator=(const LiveSession&) = delete;

  /// Returns the marks that existed at its beginning: their packs must not be used.
  const std::vector<Mark>& seen() const noexcept { return marks_.marks; }
  /// Returns whether no stored data may be used: a mark does not open, and a running collector may know its contents.
  bool may_use_nothing() const noexcept { return may_use_nothing_; }
  TimePoint storage_begun() const noexcept { return begun_; }  ///< by the storage's time
  Doubts& doubts() const noexcept { return doubts_; }

  /// Puts a sign of life if one is due. Returns whether it did.
  bool beat();
  /// W6, W8, G6: throws Error{conflict} if another process considered this session dead. Returns false if that is
  /// uncertain, because an object with a fence's name does not open.
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

/// Another process's session.
struct OtherSession {
  BackupId backup;     ///< the backup that it writes, if any
  TimePoint newest{};  ///< its last sign of life, by the storage's time
  TimePoint oldest{};
  bool fenced = false;
  std::set<std::string> seen;  ///< the marks that it saw
  std::vector<std::string> objects;
};
/// All objects under "sessions/" except those of the session `self`.
struct OtherSessions {
  std::map<std::string, OtherSession> sessions;
  std::vector<ObjectInfo> junk;  ///< objects that belong to no session that opens
  bool collecting() const;       ///< returns whether there is a collector that is not fenced
};
OtherSessions other_sessions(const PackedPlace& place, Doubts& doubts, const std::string& self);
/// Returns the names under "sessions/" that are the repository's.
std::vector<std::string> session_objects(const PackedPlace& place);
/// Opens a session record. Throws Error{corrupt} that names it.
void check_session_record(const PackedPlace& place, const std::string& object);
void put_fence(const PackedPlace& place, Doubts& doubts, const std::string& id, const BackupId& backup);
/// Removes all objects of a fenced session, the fence last.
void remove_session(const PackedPlace& place, Doubts& doubts, const OtherSession& session);
/// Removes an object that nobody needs. If it cannot be removed, reports that and leaves it.
void remove_litter(const PackedPlace& place, Doubts& doubts, const std::string& object);

}  // namespace holdfast
