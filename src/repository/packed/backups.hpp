#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "repository/packed/backup_record.hpp"
#include "repository/packed/chunk_reader.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

constexpr std::string_view kRemoved = "removed/", kFinal = ".final";

std::string backup_object(const BackupId& id);
std::string removal_object(const BackupId& id);

struct StoredRecord {
  BackupRecord record;
  Hash sha256{};  ///< of the stored bytes
  std::uint64_t stored_bytes = 0;
};
/// Throws Error{not_found}, Error{corrupt}.
StoredRecord read_record(const PackedPlace& place, const BackupId& id);
/// Everything: the record and, out of its tree, the entries.
Manifest read_whole_manifest(const BackupRecord& record, const std::shared_ptr<ChunkReader>& chunks);

/// Calls `visit` for every chunk the backup refers to, list chunks included and before what they name; where it returns false for one of
/// these, what that names is left out. Throws Error{corrupt} naming the backup's object or a pack.
void walk_chunks(const BackupRecord& record, const std::shared_ptr<ChunkReader>& chunks, const Context& context,
                 const std::function<bool(const ChunkId&)>& visit);

/// The ids of all backup records, removed ones too, oldest first.
std::vector<BackupId> stored_backups(const PackedPlace& place);
/// Those that were removed (and may be brought back or not).
std::set<BackupId> removed_backups(const PackedPlace& place);

/// Puts the removal record of a backup that is there. Throws Error{not_found}.
void put_removal(const PackedPlace& place, const BackupId& id, const Context& context);
/// Puts on record that a backup never was, unless its record is there: a collector does, once it fenced the writer.
void put_never(const PackedPlace& place, const BackupId& id, const Context& context);
/// Takes the removal back. Throws Error{not_found}, or Error{conflict} if the backup is being collected.
void take_back_removal(const PackedPlace& place, const BackupId& id);

struct Removal {
  BackupId id;
  bool never = false;  ///< the backup was not removed, it never was
  Hash sha256{};       ///< of the backup's stored record
  std::vector<Previous> previous;
};
Removal read_removal(const PackedPlace& place, const BackupId& id);
/// Whether it is on record that this backup never was. A removal that can't be read is no such record.
bool never_was(const PackedPlace& place, const BackupId& id);

}  // namespace holdfast
