#include "repository/packed/backups.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "holdfast/error.hpp"
#include "repository/names.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/cbor.hpp"

namespace holdfast {

namespace {

constexpr std::uint64_t kRemovalLimit = 64U << 10;
constexpr std::chrono::hours kTakeBackTime{1};  // far less than a day, after which collectors finish each other's work

[[noreturn]] void no_such_backup(const PackedPlace& place, const BackupId& id) {
  throw Error(ErrorCode::not_found, "there is no backup " + id + " in " + place.info().uri);
}

// The ids that name objects under a prefix, with this behind them; other names are nobody's.
std::vector<BackupId> ids_under(const PackedPlace& place, std::string_view prefix, std::string_view suffix = {}) {
  std::vector<BackupId> ids;
  place.storage().list(prefix, [&](const ObjectInfo& object) {
    std::string_view id = std::string_view(object.name).substr(prefix.size());
    if (!id.ends_with(suffix)) return true;
    id.remove_suffix(suffix.size());
    if (is_packed_id(id)) ids.emplace_back(id);
    return true;
  });
  return ids;
}

// Of a backup whose record is not known.
nlohmann::json unknown_removal(const BackupId& id, const Context& context) {
  return {{"id", id}, {"time", to_micros(context.now())}, {"sha256", to_binary(Hash{})}, {"previous", nlohmann::json::array()}};
}

}  // namespace

std::string backup_object(const BackupId& id) { return std::string(kBackups) + id; }
std::string removal_object(const BackupId& id) { return std::string(kRemoved) + id; }
std::string final_object(const BackupId& id) { return removal_object(id) + std::string(kFinal); }

StoredRecord open_record(const PackedPlace& place, const BackupId& id, ByteView stored) {
  const std::string object = backup_object(id);
  return {.record = decode_record(place.unseal(ObjectClass::backup, object, stored), id, object),
          .sha256 = to_hash(sha256(stored)),
          .stored_bytes = stored.size()};
}

StoredRecord read_record(const PackedPlace& place, const BackupId& id) {
  if (!is_packed_id(id)) no_such_backup(place, id);
  Bytes stored;
  try {
    stored = get_object(place.storage(), backup_object(id), kBackupLimit);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    no_such_backup(place, id);
  }
  return open_record(place, id, stored);
}

Manifest read_whole_manifest(const BackupRecord& record, const std::shared_ptr<ChunkReader>& chunks) {
  Manifest manifest = record.manifest;
  const std::string object = backup_object(manifest.id);
  const auto reader = read_tree(chunks, record.entries, "", object);
  manifest.entries = read_entries(*reader, record, object);
  return manifest;
}

std::vector<BackupId> stored_backups(const PackedPlace& place) { return ids_under(place, kBackups); }

std::set<BackupId> removed_backups(const PackedPlace& place) {
  const std::vector<BackupId> ids = ids_under(place, kRemoved);
  return {ids.begin(), ids.end()};
}

std::set<BackupId> collected_backups(const PackedPlace& place) {
  const std::vector<BackupId> ids = ids_under(place, kRemoved, kFinal);
  return {ids.begin(), ids.end()};
}

void put_removal(const PackedPlace& place, const BackupId& id, const Context& context) {
  const std::string object = removal_object(id);
  if (!is_packed_id(id) || place.storage().stat(object)) no_such_backup(place, id);
  nlohmann::json members = unknown_removal(id, context);
  try {
    const StoredRecord stored = read_record(place, id);
    members["sha256"] = to_binary(stored.sha256);
    members["previous"] = encode_previous(stored.record.previous);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt) throw;  // a damaged backup must be removable, too
  }
  place.storage().put_new(object, place.seal(ObjectClass::removal, object, members, *context.random));
}

void put_never(const PackedPlace& place, const BackupId& id, const Context& context) {
  if (!is_packed_id(id) || place.storage().stat(backup_object(id))) return;
  nlohmann::json members = unknown_removal(id, context);
  members["never"] = true;
  const std::string object = removal_object(id);
  place.storage().put_new(object, place.seal(ObjectClass::removal, object, members, *context.random));
}

bool put_final(const PackedPlace& place, const BackupId& id, const Context& context) {
  const std::string object = final_object(id);
  const Bytes sealed = place.seal(ObjectClass::removal, object, {{"id", id}}, *context.random);
  return place.storage().put_new(object, sealed) == PutResult::created;
}

void check_final(const PackedPlace& place, const BackupId& id) {
  const std::string object = final_object(id);
  const nlohmann::json members = place.read(ObjectClass::removal, object, kRemovalLimit);
  const Fields fields(members, object);
  if (fields.text("id") != id) fields.fail("is of another backup");
}

Removal read_removal(const PackedPlace& place, const BackupId& id) {
  const std::string object = removal_object(id);
  const nlohmann::json members = place.read(ObjectClass::removal, object, kRemovalLimit);
  const Fields fields(members, object);
  if (fields.text("id") != id) fields.fail("is of another backup");
  Removal removal{.id = id, .never = fields.has("never"), .sha256 = to_hash(fields.bytes("sha256", 32)), .previous = {}};
  for (const nlohmann::json& one : fields.array("previous")) {
    const Fields previous(one, object);
    removal.previous.push_back({previous.text("id"), to_hash(previous.bytes("sha256", 32))});
  }
  return removal;
}

bool never_was(const PackedPlace& place, const BackupId& id) {
  try {
    return read_removal(place, id).never;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt && error.code() != ErrorCode::not_found) throw;
    return false;
  }
}

bool is_removal_on_record(const PackedPlace& place, const BackupId& id) {
  return place.storage().stat(removal_object(id)) || place.storage().stat(final_object(id));
}

// The collector puts `.final` and then looks for the removal; here the removal goes first and then we look for `.final`: one sees the
// other. Where a backup goes, its `.final` stays; where it does not, others than who put it take it away only when it is a day old, so it
// is enough not to sleep.
void take_back_removal(const PackedPlace& place, const BackupId& id, const Context& context) {
  const TimePoint begun = context.now();
  const std::string object = removal_object(id);
  if (!is_packed_id(id) || !place.storage().stat(object) || never_was(place, id)) {
    throw Error(ErrorCode::not_found, "backup " + id + " was not removed from " + place.info().uri);
  }
  if (!place.storage().stat(backup_object(id)) || place.storage().stat(final_object(id))) {
    throw Error(ErrorCode::conflict, "backup " + id + " can't be brought back: it was collected, or is being collected");
  }
  remove_if_there(place.storage(), object);
  if (place.storage().stat(final_object(id)) || context.now() - begun > kTakeBackTime) {
    throw Error(ErrorCode::conflict, "backup " + id + " may be just being collected: look at the list whether it came back");
  }
}

}  // namespace holdfast
