#include "repository/packed/live_session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/format.hpp"
#include "repository/locks.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/cbor.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kSessions = "sessions/", kMarks = "gc/";
constexpr std::uint64_t kSessionLimit = 1U << 20, kMarkLimit = 64U << 20;

std::string session_object(const std::string& id, std::string_view part = {}) {
  return std::string(kSessions) + id + (part.empty() ? "" : ".") + std::string(part);
}

void put_record(const PackedPlace& place, ObjectClass object_class, const std::string& object, const nlohmann::json& members,
                const Context& context) {
  const Bytes sealed = place.seal(object_class, object, members, *context.random);
  if (put_object(place.storage(), object, sealed) != PutResult::created) {
    throw Error(ErrorCode::conflict, object + ": somebody else wrote it");
  }
}

nlohmann::json session_members(const std::string& id, const char* purpose, const Context& context) {
  return {{"id", id}, {"purpose", purpose}, {"time", to_micros(context.now())}, {"written_by", written_by()}};
}

std::set<std::string> read_seen(const PackedPlace& place, const std::string& object) {
  const nlohmann::json members = place.read(ObjectClass::session, object, kSessionLimit);
  const Fields fields(members, object);
  std::set<std::string> seen;
  for (const nlohmann::json& name : fields.array("seen")) {
    if (!name.is_string()) fields.fail("names a mark that is not a text");
    seen.insert(name.get<std::string>());
  }
  return seen;
}

}  // namespace

std::vector<Mark> read_marks(const PackedPlace& place) {
  std::vector<Mark> marks;
  for (const ObjectInfo& object : list_objects(place.storage(), kMarks)) {
    try {
      const nlohmann::json members = place.read(ObjectClass::mark, object.name, kMarkLimit);
      const Fields fields(members, object.name);
      Mark mark{.object = object.name, .modified = object.modified, .packs = {}};
      for (const nlohmann::json& pack : fields.array("packs")) {
        if (!pack.is_binary() || pack.get_binary().size() != 32) fields.fail("names a pack in a way that can't be");
        mark.packs.push_back(to_hash(std::as_bytes(std::span(pack.get_binary()))));
      }
      marks.push_back(std::move(mark));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;  // a mark that went meanwhile has no packs left
    }
  }
  return marks;
}

void put_mark(const PackedPlace& place, const std::vector<Hash>& packs, const Context& context) {
  nlohmann::json list = nlohmann::json::array();
  for (const Hash& pack : packs) list.push_back(to_binary(pack));
  const std::string object = std::string(kMarks) + to_hex(context.random_bytes(8));
  put_record(place, ObjectClass::mark, object, {{"time", to_micros(context.now())}, {"packs", std::move(list)}}, context);
}

LiveSession::LiveSession(std::shared_ptr<const PackedPlace> place, std::string id, const char* purpose, Context& context)
    : place_(std::move(place)), context_(context), id_(std::move(id)), object_(session_object(id_)), heartbeat_(context) {
  put(object_, purpose);
  try {
    const auto info = place_->storage().stat(object_);
    if (!info) throw Error(ErrorCode::conflict, object_ + ": was removed by somebody else", true);
    begun_ = info->modified;
    seen_ = read_marks(*place_);
    nlohmann::json names = nlohmann::json::array();
    for (const Mark& mark : seen_) names.push_back(mark.object);
    put(session_object(id_, "ready"), "ready", {{"seen", std::move(names)}});
  } catch (...) {
    try {
      end();
    } catch (const Error&) {  // the first error says more; the record is fenced and removed later
    }
    throw;
  }
}

void LiveSession::put(const std::string& object, const char* purpose, nlohmann::json more) const {
  nlohmann::json members = session_members(id_, purpose, context_);
  members.update(more);
  put_record(*place_, ObjectClass::session, object, members, context_);
}

void LiveSession::beat() {
  const std::uint64_t number = heartbeat_.due();
  if (number != 0) put(session_object(id_, fmt::format("alive-{:06}", number)), "alive");
}

void LiveSession::require_alive() const {
  // The fence goes last when a dead session is removed: looking for it first, then for the record, misses neither.
  if (!place_->storage().stat(session_object(id_, "fence")) && place_->storage().stat(object_)) return;
  throw Error(ErrorCode::conflict, id_ + " was silent for so long that it was taken for dead: run it again");
}

LiveSession::~LiveSession() {
  if (ended_) return;
  try {
    end();
  } catch (...) {  // what stays is fenced and removed later
  }
}

void LiveSession::end() {
  ended_ = true;
  // What a bucket locks that locks everything stays, and is taken for dead in a day.
  for (const ObjectInfo& object : list_objects(place_->storage(), object_ + ".")) remove_unless_locked(place_->storage(), object.name);
  remove_unless_locked(place_->storage(), object_);
}

std::map<std::string, OtherSession> other_sessions(const PackedPlace& place, const std::string& self) {
  std::map<std::string, OtherSession> sessions;
  for (const ObjectInfo& object : list_objects(place.storage(), kSessions)) {
    const std::string_view name = std::string_view(object.name).substr(kSessions.size());
    const std::string id(name.substr(0, name.find('.')));
    const std::string_view part = name.substr(std::min(name.size(), id.size() + 1));
    if (id == self) continue;
    OtherSession& session = sessions[id];
    session.fenced = session.fenced || part == "fence";
    // A fence is not a sign of its life.
    if (part != "fence") session.newest = std::max(session.newest, object.modified);
    session.oldest = session.objects.empty() ? object.modified : std::min(session.oldest, object.modified);
    session.objects.push_back(object.name);
    if (part != "ready") continue;
    try {
      session.seen = read_seen(place, object.name);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;  // it ended meanwhile
    }
  }
  return sessions;
}

void check_session_records(const PackedPlace& place) {
  for (const ObjectInfo& object : list_objects(place.storage(), kSessions)) {
    try {
      place.read(ObjectClass::session, object.name, kSessionLimit);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;  // it ended meanwhile
    }
  }
}

void put_fence(const PackedPlace& place, const std::string& id, const Context& context) {
  const std::string object = session_object(id, "fence");
  const Bytes sealed = place.seal(ObjectClass::session, object, session_members(id, "fence", context), *context.random);
  place.storage().put_new(object, sealed);  // there already: another collector's, as good
}

void remove_session(const PackedPlace& place, const std::string& id, const OtherSession& session) {
  const std::string fence = session_object(id, "fence");
  for (const std::string& object : session.objects) {
    if (object != fence) remove_unless_locked(place.storage(), object);
  }
  remove_unless_locked(place.storage(), fence);
}

}  // namespace holdfast
