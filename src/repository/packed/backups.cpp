#include "repository/packed/backups.hpp"

#include "base/digest.hpp"
#include "holdfast/error.hpp"
#include "repository/names.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/removals.hpp"

namespace holdfast {

std::string backup_object(const BackupId& id) { return std::string(kBackups) + id; }

void no_such_backup(const PackedPlace& place, const BackupId& id) {
  throw Error(ErrorCode::not_found, "there is no backup " + id + " in " + place.info().uri);
}

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

std::unique_ptr<Reader> open_packed_encoded(const std::shared_ptr<ChunkReader>& chunks, const EntryRecord& entry) {
  const bool is_plain = hosts_transforms(entry).empty();  // else the hash is not that of these bytes
  return read_tree(chunks, tree_of(entry, entry.name), is_plain ? entry.content_hash : std::string(), entry.name);
}

std::unique_ptr<Reader> open_packed_entry(const std::shared_ptr<ChunkReader>& chunks, const HostTransforms& lent,
                                          const EntryRecord& entry) {
  const HostChain chain = lent.needed(entry);
  auto encoded = open_packed_encoded(chunks, entry);
  return chain.stages.empty() ? std::move(encoded) : decoded_entry(chain, std::move(encoded), entry);
}

std::vector<BackupId> stored_backups(const PackedPlace& place) {
  std::vector<BackupId> ids;
  for (const ObjectInfo& object : list_objects(place.storage(), kBackups)) {
    BackupId id = object.name.substr(kBackups.size());
    if (is_packed_id(id)) ids.push_back(std::move(id));  // ignore other names
  }
  return ids;
}

std::vector<ObjectInfo> listed_records(const PackedPlace& place, Doubts& doubts) {
  // Reads the removals before the records. A backup that is removed between the two is still listed; a removed one is
  // never listed by mistake.
  Removals removals(place, doubts);
  std::vector<ObjectInfo> records = list_objects(place.storage(), kBackups);
  std::erase_if(records, [](const ObjectInfo& record) { return !is_packed_id(id_of_record(record)); });
  std::vector<BackupId> ids;
  for (const ObjectInfo& record : records) ids.push_back(id_of_record(record));
  removals.read_all(ids);
  std::erase_if(records, [&removals](const ObjectInfo& record) { return removals.of(id_of_record(record)).is_removed(); });
  return records;
}

BackupId id_of_record(const ObjectInfo& record) { return record.name.substr(kBackups.size()); }

std::vector<BackupId> listed_backups(const PackedPlace& place, Doubts& doubts) {
  std::vector<BackupId> ids;
  for (const ObjectInfo& record : listed_records(place, doubts)) ids.push_back(id_of_record(record));
  return ids;
}

}  // namespace holdfast
