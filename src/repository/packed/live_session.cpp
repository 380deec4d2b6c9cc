#include "repository/packed/live_session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/format.hpp"
#include "repository/locks.hpp"
#include "repository/names.hpp"
#include "repository/packed/cbor.hpp"
#include "repository/packed/removals.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kSessions = "sessions/", kReady = "ready", kFence = "fence", kAlive = "alive-", kCollect = "collect_";
constexpr std::uint64_t kSessionLimit = 1U << 20;
constexpr std::size_t kRandomEnd = 17;  // "-" and 16 hex digits

std::string session_object(const std::string& id, std::string_view part = {}) {
  return std::string(kSessions) + id + (part.empty() ? "" : ".") + std::string(part);
}

// `seen` is only for `ready`.
Bytes encode_session(const std::string& id, const BackupId& backup, std::string_view purpose, const std::vector<Mark>* seen,
                     TimePoint now) {
  CborWriter out;
  out.map(seen == nullptr ? 5 : 6).key("backup").text(backup).key("id").text(id).key("purpose").text(purpose);
  if (seen != nullptr) {
    out.key("seen").list(seen->size());
    for (const Mark& mark : *seen) out.text(mark.object);
  }
  out.key("time").time(now).key("written_by").text(written_by());
  return std::move(out).finish();
}

/// The parts of an object's name under "sessions/".
struct SessionName {
  std::string id;
  std::string_view part;  // "" for the record itself; without the random end of an alternative name
};

// Earlier versions named sessions after what they write.
bool is_session_id(std::string_view id) {
  const std::size_t end = id.find('_') + 1;
  return is_packed_id(id) || ((id.starts_with("write_") || id.starts_with(kCollect)) && is_hex16(id.substr(end)));
}

// Returns none for a name that is no session's.
std::optional<SessionName> session_name(std::string_view object) {
  object.remove_prefix(kSessions.size());
  const std::size_t dot = object.find('.');
  const std::string_view id = object.substr(0, dot);
  if (!is_session_id(id)) return std::nullopt;
  if (dot == std::string_view::npos) return SessionName{std::string(id), {}};
  std::string_view part = object.substr(dot + 1);
  const std::size_t random = part.size() - std::min(part.size(), kRandomEnd);
  if (random != 0 && part[random] == '-' && is_hex16(part.substr(random + 1))) part = part.substr(0, random);
  const bool alive = part.starts_with(kAlive) && part.size() == kAlive.size() + 6;
  if (part != kReady && part != kFence && !alive) return std::nullopt;
  return SessionName{std::string(id), part};
}

/// The contents of an object of a session.
struct SessionRecord {
  std::optional<BackupId> backup;
  std::set<std::string> seen;  // marks; only of `ready`
};

SessionRecord decode_session(const PackedPlace& place, const std::string& object, ByteView stored) {
  const Bytes content = place.unseal(ObjectClass::session, object, stored);
  const auto name = session_name(object);
  const CborMap fields(content, object);
  if (!name || fields.at("id").text() != name->id) fields.fail("is of another session");
  SessionRecord record;
  if (fields.has("backup")) record.backup = fields.at("backup").text();
  if (name->part != kReady) return record;
  for (CborList marks = fields.at("seen").list(); marks.left() > 0;) record.seen.insert(marks.next().text());
  return record;
}

SessionRecord read_session_record(const PackedPlace& place, const std::string& object) {
  return decode_session(place, object, get_object(place.storage(), object, kSessionLimit));
}

// Puts the object under its regular name. If that is taken, uses a random name.
std::string put_part(const PackedPlace& place, const std::string& id, std::string_view part, ByteView content, const Context& context,
                     Bytes& sealed) {
  std::string object = session_object(id, part);
  for (int attempt = 0; attempt < 2; ++attempt) {
    sealed = place.seal(ObjectClass::session, object, content, *context.host.random);
    if (put_object(place.storage(), object, sealed) == PutResult::created) return object;
    object = session_object(id, part) + "-" + to_hex(context.random_bytes(8));
  }
  throw Error(ErrorCode::conflict, session_object(id, part) + ": somebody else wrote it", true);
}

/// The objects of one session, as far as they open.
class SessionReader {
 public:
  SessionReader(const PackedPlace& place, Doubts& doubts) : place_(place), doubts_(doubts) {}

  /// Returns none if no object shows that there is a session.
  std::optional<OtherSession> read(const std::vector<ObjectInfo>& objects) {
    for (const ObjectInfo& object : objects) {
      const std::string_view part = session_name(object.name)->part;
      session_.objects.push_back(object.name);
      if (part.starts_with(kAlive)) {
        signs_.push_back(&object);
      } else {
        look_at(object, part);
      }
    }
    if (!found_) return std::nullopt;
    find_newest_sign();
    return std::move(session_);
  }

 private:
  void look_at(const ObjectInfo& object, std::string_view part) {
    std::optional<SessionRecord> record = open(object.name, part != kFence);
    if (!record) return;
    found_ = true;
    const std::string id = session_name(object.name)->id;
    if (is_packed_id(id)) session_.backup = id;
    if (record->backup) session_.backup = *std::move(record->backup);
    if (part == kFence) {
      session_.fenced = true;  // a fence is no sign of life
      return;
    }
    session_.newest = std::max(session_.newest, object.modified);
    session_.oldest = session_.oldest == TimePoint{} ? object.modified : std::min(session_.oldest, object.modified);
    if (part == kReady) session_.seen = std::move(record->seen);
  }

  // An object that cannot be read now, or that needs a missing key, may be genuine: it counts as a session that saw
  // nothing.
  std::optional<SessionRecord> open(const std::string& object, bool may_be_genuine) {
    std::optional<SessionRecord> record;
    Bytes stored;
    const Opened got = doubts_.open(object, [&] { stored = get_object(place_.storage(), object, kSessionLimit); });
    if (got == Opened::gone) return std::nullopt;
    if (got == Opened::yes) doubts_.open(object, [&] { record = decode_session(place_, object, stored); });
    const bool unknown = got == Opened::no || place_.lacks_key_of(stored);
    if (!record && may_be_genuine && unknown) record.emplace();
    return record;
  }

  void find_newest_sign() {
    std::ranges::sort(signs_, std::greater<>(), &ObjectInfo::modified);
    for (const ObjectInfo* sign : signs_) {
      if (sign->modified <= session_.newest) return;
      if (open(sign->name, true)) session_.newest = sign->modified;
    }
  }

  const PackedPlace& place_;
  Doubts& doubts_;
  OtherSession session_;
  std::vector<const ObjectInfo*> signs_;
  bool found_ = false;
};

std::string new_session_id(LiveSession::Purpose purpose, const Context& context) {
  return (purpose == LiveSession::Purpose::backup ? "write_" : "collect_") + to_hex(context.random_bytes(8));
}

}  // namespace

LiveSession::LiveSession(std::shared_ptr<const PackedPlace> place, Purpose purpose, BackupId backup, Context& context)
    : place_(std::move(place)),
      context_(context),
      doubts_(context),
      backup_(std::move(backup)),
      id_(new_session_id(purpose, context)),
      heartbeat_(context) {
  record_ = put("");
  try {
    const auto info = place_->storage().stat(record_.object);
    if (!info) throw Error(ErrorCode::conflict, record_.object + ": was removed by somebody else", true);
    begun_ = info->modified;
    marks_ = read_marks(*place_, doubts_);
    may_use_nothing_ = marks_.doubtful && other_sessions(*place_, doubts_, id_).collecting();
    ready_ = put(kReady, &marks_.marks);
  } catch (...) {
    try {
      end();
    } catch (const Error&) {  // the first error tells more; the record is fenced and removed later
    }
    throw;
  }
}

LiveSession::Put LiveSession::put(std::string_view part, const std::vector<Mark>* seen) const {
  const std::string_view purpose = !part.empty() ? part : backup_.empty() ? "collect" : "backup";
  Put put;
  put.object = put_part(*place_, id_, part, encode_session(id_, backup_, purpose, seen, context_.now()), context_, put.bytes);
  return put;
}

bool LiveSession::beat() {
  const std::uint64_t number = heartbeat_.due();
  if (number != 0) put(fmt::format("{}{:06}", kAlive, number));
  return number != 0;
}

bool LiveSession::is_there(const Put& put) const {
  Bytes stored;
  return doubts_.open(put.object, [&] { stored = get_object(place_->storage(), put.object, kSessionLimit); }) == Opened::yes &&
         stored == put.bytes;
}

void LiveSession::taken_for_dead() const {
  throw Error(ErrorCode::conflict,
              (backup_.empty() ? id_ : "backup " + backup_) +
                  " was silent for so long that it was considered dead, or its session's record was damaged: run it again");
}

bool LiveSession::require_alive() const {
  // The fence of a dead session is removed last. A check for the fence first and the records second therefore misses
  // neither.
  bool sure = true;
  for (const ObjectInfo& fence : list_objects(place_->storage(), session_object(id_, kFence))) {
    if (!session_name(fence.name)) continue;
    const Opened opened = doubts_.open(fence.name, [&] { read_session_record(*place_, fence.name); });
    if (opened == Opened::yes) taken_for_dead();
    sure = sure && opened != Opened::no;
  }
  // Others ignore a record that does not open. Its session must notice.
  if (!is_there(record_) || !is_there(ready_)) taken_for_dead();
  // Whoever puts a fence puts this removal next, before any other removal.
  if (!sure && !backup_.empty() && removal_state(*place_, doubts_, backup_).never_was()) taken_for_dead();
  return sure;
}

LiveSession::~LiveSession() {
  if (ended_) return;
  try {
    end();
  } catch (...) {  // remaining records are fenced and removed later
  }
}

void LiveSession::end() {
  ended_ = true;
  // In a bucket that locks all objects the records stay, and the session is considered dead after a day.
  for (const ObjectInfo& object : list_objects(place_->storage(), record_.object + "."))
    remove_unless_locked(place_->storage(), object.name);
  remove_unless_locked(place_->storage(), record_.object);
}

bool OtherSessions::collecting() const {
  return std::ranges::any_of(sessions, [](const auto& one) { return one.first.starts_with(kCollect) && !one.second.fenced; });
}

OtherSessions other_sessions(const PackedPlace& place, Doubts& doubts, const std::string& self) {
  std::map<std::string, std::vector<ObjectInfo>> named;
  for (ObjectInfo& object : list_objects(place.storage(), kSessions)) {
    const auto name = session_name(object.name);
    if (name && name->id != self) named[name->id].push_back(std::move(object));
  }
  OtherSessions others;
  for (auto& [id, objects] : named) {
    if (auto session = SessionReader(place, doubts).read(objects)) {
      others.sessions.emplace(id, *std::move(session));
    } else {
      std::ranges::move(objects, std::back_inserter(others.junk));
    }
  }
  return others;
}

std::vector<std::string> session_objects(const PackedPlace& place) {
  std::vector<std::string> names;
  for (ObjectInfo& object : list_objects(place.storage(), kSessions)) {
    if (session_name(object.name)) names.push_back(std::move(object.name));
  }
  return names;
}

void check_session_record(const PackedPlace& place, const std::string& object) {
  try {
    read_session_record(place, object);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;  // it ended meanwhile
  }
}

void put_fence(const PackedPlace& place, Doubts& doubts, const std::string& id, const BackupId& backup) {
  Bytes sealed;
  put_part(place, id, kFence, encode_session(id, backup, kFence, nullptr, doubts.context().now()), doubts.context(), sealed);
}

void remove_session(const PackedPlace& place, Doubts& doubts, const OtherSession& session) {
  const auto is_fence = [](const std::string& object) { return session_name(object)->part == kFence; };
  for (const bool fences : {false, true}) {
    for (const std::string& object : session.objects) {
      if (is_fence(object) == fences) remove_litter(place, doubts, object);
    }
  }
}

void remove_litter(const PackedPlace& place, Doubts& doubts, const std::string& object) {
  try {
    remove_unless_locked(place.storage(), object);
  } catch (const Error& error) {
    if (!is_unreadable(error)) throw;
    doubts.tell(object, error);
  }
}

}  // namespace holdfast
