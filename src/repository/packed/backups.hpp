#pragma once

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
std::string final_object(const BackupId& id);  ///< there: the backup was collected, or just is

struct StoredRecord {
  BackupRecord record;
  Hash sha256{};  ///< of the stored bytes
  std::uint64_t stored_bytes = 0;
};
/// Out of the stored bytes. Throws Error{corrupt}.
StoredRecord open_record(const PackedPlace& place, const BackupId& id, ByteView stored);
/// Throws Error{not_found}, Error{corrupt}.
StoredRecord read_record(const PackedPlace& place, const BackupId& id);
/// Everything: the record and, out of its tree, the entries.
Manifest read_whole_manifest(const BackupRecord& record, const std::shared_ptr<ChunkReader>& chunks);

/// The ids of all backup records, removed ones too, oldest first.
std::vector<BackupId> stored_backups(const PackedPlace& place);
/// Those that were removed (and may be brought back or not).
std::set<BackupId> removed_backups(const PackedPlace& place);

/// Those that can't be brought back any more, or whose collector is about to find out.
std::set<BackupId> collected_backups(const PackedPlace& place);
bool is_removal_on_record(const PackedPlace& place, const BackupId& id);

/// Puts the removal record of a backup that is there. Throws Error{not_found}.
void put_removal(const PackedPlace& place, const BackupId& id, const Context& context);
/// Puts on record that a backup never was, unless its record is there: a collector does, once it fenced the writer.
void put_never(const PackedPlace& place, const BackupId& id, const Context& context);
/// Puts on record that a backup can't be brought back any more. False if that was there.
bool put_final(const PackedPlace& place, const BackupId& id, const Context& context);
/// Throws Error{corrupt} naming it if it is damaged.
void check_final(const PackedPlace& place, const BackupId& id);
/// Takes the removal back. Throws Error{not_found}, or Error{conflict} if the backup is being collected.
void take_back_removal(const PackedPlace& place, const BackupId& id, const Context& context);

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
