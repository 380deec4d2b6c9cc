#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repository/doubts.hpp"
#include "repository/host_transforms.hpp"
#include "repository/packed/backup_record.hpp"
#include "repository/packed/chunk_reader.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

std::string backup_object(const BackupId& id);
[[noreturn]] void no_such_backup(const PackedPlace& place, const BackupId& id);

struct StoredRecord {
  BackupRecord record;
  Hash sha256{};  ///< of the stored bytes
  std::uint64_t stored_bytes = 0;
};
/// Opens a record from its stored bytes. Throws Error{corrupt}.
StoredRecord open_record(const PackedPlace& place, const BackupId& id, ByteView stored);
/// Throws Error{not_found}, Error{corrupt}.
StoredRecord read_record(const PackedPlace& place, const BackupId& id);
/// Returns the whole manifest: the record, and the entries from its tree.
Manifest read_whole_manifest(const BackupRecord& record, const std::shared_ptr<ChunkReader>& chunks);

/// Returns a reader of an entry's plain bytes that checks hash and size at the end. Throws Error{unsupported} if `lent`
/// lacks a transform of a host that the entry went through.
std::unique_ptr<Reader> open_packed_entry(const std::shared_ptr<ChunkReader>& chunks, const HostTransforms& lent, const EntryRecord& entry);
/// The same of the bytes as the host's transforms left them.
std::unique_ptr<Reader> open_packed_encoded(const std::shared_ptr<ChunkReader>& chunks, const EntryRecord& entry);

/// Returns the ids of all backup records, including those of removed backups, oldest first.
std::vector<BackupId> stored_backups(const PackedPlace& place);
/// Returns the records of the backups that are not removed; id_of_record returns the id of one.
std::vector<ObjectInfo> listed_records(const PackedPlace& place, Doubts& doubts);
BackupId id_of_record(const ObjectInfo& record);
/// Returns the ids of the backups that are not removed.
std::vector<BackupId> listed_backups(const PackedPlace& place, Doubts& doubts);

}  // namespace holdfast
