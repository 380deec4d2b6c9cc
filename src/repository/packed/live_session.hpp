#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "repository/heartbeat.hpp"
#include "repository/packed/pack.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

/// A mark: packs that are to go.
struct Mark {
  std::string object;
  TimePoint modified{};  ///< by the storage's time
  std::vector<Hash> packs;
};

std::vector<Mark> read_marks(const PackedPlace& place);
void put_mark(const PackedPlace& place, const std::vector<Hash>& packs, const Context& context);

/// The record that somebody is writing or collecting, from W1 or G1 to its end. Safe from many threads.
class LiveSession {
 public:
  /// Puts the record, then looks for marks, then says which it saw.
  LiveSession(std::shared_ptr<const PackedPlace> place, std::string id, const char* purpose, Context& context);

  const std::string& id() const noexcept { return id_; }
  ~LiveSession();  ///< removes the records if end() was not called, as far as it can
  LiveSession(const LiveSession&) = delete;
  LiveSession& operator=(const LiveSession&) = delete;

  /// The marks that were there when it began: their packs must not be used.
  const std::vector<Mark>& seen() const noexcept { return seen_; }
  TimePoint storage_begun() const noexcept { return begun_; }  ///< by the storage's time

  /// Leaves a sign of life if one is due.
  void beat();
  /// W6, W8, G6: throws Error{conflict} if somebody took this session for dead.
  void require_alive() const;
  /// Removes the records.
  void end();

 private:
  void put(const std::string& object, const char* purpose, nlohmann::json more = nlohmann::json::object()) const;

  std::shared_ptr<const PackedPlace> place_;
  Context& context_;
  std::string id_, object_;
  std::vector<Mark> seen_;
  TimePoint begun_{};
  Heartbeat heartbeat_;
  bool ended_ = false;
};

/// A session as others see it.
struct OtherSession {
  TimePoint newest{};  ///< its last sign of life, by the storage's time
  TimePoint oldest{};
  bool fenced = false;
  std::set<std::string> seen;  ///< marks
  std::vector<std::string> objects;
};
/// All sessions but the one called `self`.
std::map<std::string, OtherSession> other_sessions(const PackedPlace& place, const std::string& self);
/// Reads every session record. Throws Error{corrupt} naming one that is damaged.
void check_session_records(const PackedPlace& place);
void put_fence(const PackedPlace& place, const std::string& id, const Context& context);
/// Removes all objects of a fenced session, the fence last.
void remove_session(const PackedPlace& place, const std::string& id, const OtherSession& session);

}  // namespace holdfast
