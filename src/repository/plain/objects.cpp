#include "repository/plain/objects.hpp"
#include "repository/format.hpp"

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/names.hpp"
#include "repository/object_access.hpp"

namespace holdfast {

namespace {

// Allowed difference between the time in a new id and the storage's own time.
constexpr std::chrono::seconds kFresh{10};
constexpr std::string_view kFencePart = ".collect";

}  // namespace

std::string folder_manifest(const PlainPlace& place, const BackupId& id) { return place.stored_name(id + "/manifest.json"); }
std::string stream_manifest(const PlainPlace& place, const BackupId& id) { return place.stored_name(id + ".manifest.json"); }

std::vector<std::string> find_manifests(const PlainPlace& place, const BackupId& id) {
  std::vector<std::string> found;
  for (std::string name : {folder_manifest(place, id), stream_manifest(place, id)}) {
    if (is_taken(place.storage(), name)) found.push_back(std::move(name));
  }
  return found;
}

std::vector<ObjectInfo> backup_objects(const PlainPlace& place, const BackupId& id) {
  std::vector<ObjectInfo> objects = list_objects(place.storage(), id + ".");
  for (ObjectInfo& info : list_objects(place.storage(), id + "/")) objects.push_back(std::move(info));
  return objects;
}

std::string session_object(const PlainPlace& place, const BackupId& id, std::string_view part) {
  std::string name = std::string(kSessions) + id;
  if (!part.empty()) name += "." + std::string(part);
  return place.stored_name(name + ".json");
}

namespace {

Bytes session_bytes(const PlainPlace& place, const std::string& object, const BackupId& id, const char* purpose, const Context& context) {
  JsonWriter document = place.begin("session", object);
  document.member("id", id);
  document.member("purpose", purpose);
  document.member("time", format_time_micros(context.now()));
  document.member("written_by", written_by());
  document.member("nonce", to_hex(context.random_bytes(16)));  // makes each writer's record unique
  return place.seal(object, std::move(document), *context.host.random);
}

}  // namespace

PutResult put_session(const PlainPlace& place, const std::string& object, const BackupId& id, const char* purpose, const Context& context) {
  return put_object(place.storage(), object, session_bytes(place, object, id, purpose, context));
}

std::string put_session_part(const PlainPlace& place, const BackupId& id, const std::string& part, const char* purpose,
                             const Context& context) {
  std::string object = session_object(place, id, part);
  if (put_session(place, object, id, purpose, context) == PutResult::created) return object;
  object = session_object(place, id, part + "-" + to_hex(context.random_bytes(8)));
  if (put_session(place, object, id, purpose, context) == PutResult::created) return object;
  throw Error(ErrorCode::conflict, object + ": somebody else wrote it", true);
}

void check_session(const PlainPlace& place, const std::string& object) {
  const JsonTree members = place.read("session", object, kSessionLimit);
  const Fields fields(*members, object);
  const std::string_view name = std::string_view(object).substr(kSessions.size());
  if (fields.text("id") != id_in(name)) fields.fail("is of another session");
}

Claim claim_id(const PlainPlace& place, TimePoint time, Doubts& doubts) {
  const Context& context = doubts.context();
  int sequence = 1;
  for (int attempt = 0; attempt < kMaxIdsPerSecond && sequence <= kMaxIdsPerSecond; ++attempt) {
    Claim claim{.id = backup_id(time, sequence++)};
    const BackupId& id = claim.id;
    if (has_manifest(place, id)) continue;
    claim.record = session_object(place, id);
    claim.bytes = session_bytes(place, claim.record, id, "backup", context);
    if (put_object(place.storage(), claim.record, claim.bytes) == PutResult::already_exists) continue;
    const auto put = place.storage().stat(claim.record);
    // An id of another time may have been used before: a process that still works on that backup would confuse it with
    // ours.
    const bool fresh = put && std::chrono::abs(put->modified - time) <= kFresh;
    // Checks what exists after our claim: between our first check and the claim, another writer may have committed this
    // id and finished. A fence or a sign of life besides our record was left by a dead writer.
    const bool alone = session_records(place, doubts, id).size() == 1;
    if (fresh && alone && backup_objects(place, id).empty()) return claim;
    remove_if_there(place.storage(), claim.record);
    if (!put || fresh) continue;
    time = put->modified;
    sequence = 1;
  }
  throw Error(ErrorCode::conflict, "no free backup id for " + format_time(time) + ": is the clock stuck?");
}

bool may_commit(const PlainPlace& place, Doubts& doubts, const Claim& claim) {
  // Checks the fence before the record. A collector removes the fence last: if it is already removed, so is our record.
  for (const ObjectInfo& fence : list_objects(place.storage(), std::string(kSessions) + claim.id + std::string(kFencePart))) {
    if (doubts.open(fence.name, [&] { check_session(place, fence.name); }) == Opened::yes) return false;
  }
  Bytes stored;
  const auto read = [&] { stored = place.get(claim.record, kSessionLimit); };
  return doubts.open(claim.record, read) == Opened::yes && stored == claim.bytes;
}

std::vector<ObjectInfo> session_records(const PlainPlace& place, Doubts& doubts, const BackupId& id) {
  std::vector<ObjectInfo> records = list_objects(place.storage(), std::string(kSessions) + id + ".");
  std::erase_if(records, [&](const ObjectInfo& record) {
    return doubts.open(record.name, [&] { check_session(place, record.name); }) != Opened::yes;
  });
  return records;
}

bool is_fence(const std::string& object) { return object.find(kFencePart) != std::string::npos; }

void release_session(const PlainPlace& place, const std::vector<ObjectInfo>& records) {
  for (const bool fences : {false, true}) {
    for (const ObjectInfo& record : records) {
      if (is_fence(record.name) == fences) remove_if_there(place.storage(), record.name);
    }
  }
}

}  // namespace holdfast
