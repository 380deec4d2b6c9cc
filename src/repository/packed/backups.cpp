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

[[noreturn]] void no_such_backup(const PackedPlace& place, const BackupId& id) {
  throw Error(ErrorCode::not_found, "there is no backup " + id + " in " + place.info().uri);
}

// The ids that name objects under a prefix; other names are nobody's.
std::vector<BackupId> ids_under(const PackedPlace& place, std::string_view prefix) {
  std::vector<BackupId> ids;
  place.storage().list(prefix, [&](const ObjectInfo& object) {
    const std::string_view id = std::string_view(object.name).substr(prefix.size());
    if (is_packed_id(id)) ids.emplace_back(id);
    return true;
  });
  return ids;
}

}  // namespace

std::string backup_object(const BackupId& id) { return std::string(kBackups) + id; }
std::string removal_object(const BackupId& id) { return std::string(kRemoved) + id; }

StoredRecord read_record(const PackedPlace& place, const BackupId& id) {
  if (!is_packed_id(id)) no_such_backup(place, id);
  const std::string object = backup_object(id);
  Bytes stored;
  try {
    stored = get_object(place.storage(), object, kBackupLimit);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    no_such_backup(place, id);
  }
  return {.record = decode_record(place.unseal(ObjectClass::backup, object, stored), id, object),
          .sha256 = to_hash(sha256(stored)),
          .stored_bytes = stored.size()};
}

Manifest read_whole_manifest(const BackupRecord& record, const std::shared_ptr<ChunkReader>& chunks) {
  Manifest manifest = record.manifest;
  const std::string object = backup_object(manifest.id);
  const auto reader = read_tree(chunks, record.entries, "", object);
  manifest.entries = read_entries(*reader, record, object);
  return manifest;
}

void walk_chunks(const BackupRecord& record, const std::shared_ptr<ChunkReader>& chunks, const Context& context,
                 const std::function<bool(const ChunkId&)>& visit) {
  const std::string object = backup_object(record.manifest.id);
  const auto walk_tree = [&](const Tree& tree) {
    TreeWalk walk(
        tree, [&chunks](const ChunkId& list) { return chunks->read_list_chunk(list); }, object);
    for (TreeWalk::Step step; walk.next(step);) {
      context.check();
      if (!visit(step.ref.id)) walk.skip();
    }
  };
  walk_tree(record.entries);
  for (const EntryRecord& entry : read_whole_manifest(record, chunks).entries) walk_tree(tree_of(entry, object));
}

std::vector<BackupId> stored_backups(const PackedPlace& place) { return ids_under(place, kBackups); }

std::set<BackupId> removed_backups(const PackedPlace& place) {
  const std::vector<BackupId> ids = ids_under(place, kRemoved);
  return {ids.begin(), ids.end()};
}

void put_removal(const PackedPlace& place, const BackupId& id, const Context& context) {
  const std::string object = removal_object(id);
  if (!is_packed_id(id) || place.storage().stat(object)) no_such_backup(place, id);
  nlohmann::json members{{"id", id}, {"time", to_micros(context.now())}};
  try {
    const StoredRecord stored = read_record(place, id);
    members["sha256"] = to_binary(stored.sha256);
    members["previous"] = encode_previous(stored.record.previous);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt) throw;
    members["sha256"] = to_binary(Hash{});  // a damaged backup must be removable, too; then its hash is not known
    members["previous"] = nlohmann::json::array();
  }
  place.storage().put_new(object, place.seal(ObjectClass::removal, object, members, *context.random));
}

void put_never(const PackedPlace& place, const BackupId& id, const Context& context) {
  if (!is_packed_id(id) || place.storage().stat(backup_object(id))) return;
  const nlohmann::json members{{"id", id},
                               {"time", to_micros(context.now())},
                               {"never", true},
                               {"sha256", to_binary(Hash{})},
                               {"previous", nlohmann::json::array()}};
  const std::string object = removal_object(id);
  place.storage().put_new(object, place.seal(ObjectClass::removal, object, members, *context.random));
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

// The collector puts `.final` and then looks for the removal; here the removal goes first and then we look for `.final`: one sees the
// other.
void take_back_removal(const PackedPlace& place, const BackupId& id) {
  const std::string object = removal_object(id), final_object = object + std::string(kFinal);
  if (!is_packed_id(id) || !place.storage().stat(object) || never_was(place, id)) {
    throw Error(ErrorCode::not_found, "backup " + id + " was not removed from " + place.info().uri);
  }
  if (!place.storage().stat(backup_object(id)) || place.storage().stat(final_object)) {
    throw Error(ErrorCode::conflict, "backup " + id + " can't be brought back: it was collected, or is being collected");
  }
  remove_if_there(place.storage(), object);
  if (place.storage().stat(final_object)) {
    throw Error(ErrorCode::conflict, "backup " + id + " is just being collected: look at the list whether it came back");
  }
}

}  // namespace holdfast
