#include "handles.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

const BackupInfo* info(const holdfast_backup* backup) { return reinterpret_cast<const BackupInfo*>(backup); }
const SourceRecord* record(const holdfast_source_record* source) { return reinterpret_cast<const SourceRecord*>(source); }
const Notes* map(const holdfast_notes* notes) { return reinterpret_cast<const Notes*>(notes); }

// Sets of notes are small, so a walk is fast enough.
const Notes::value_type* note_at(const holdfast_notes* notes, size_t index) {
  if (notes == nullptr || index >= map(notes)->size()) return nullptr;
  return &*std::next(map(notes)->begin(), static_cast<std::ptrdiff_t>(index));
}

}  // namespace

size_t holdfast_backup_list_count(const holdfast_backup_list* list) { return list == nullptr ? 0 : list->backups.size(); }

const holdfast_backup* holdfast_backup_list_at(const holdfast_backup_list* list, size_t index) {
  return index < holdfast_backup_list_count(list) ? as_handle(list->backups[index]) : nullptr;
}

void holdfast_backup_list_free(holdfast_backup_list* list) { delete list; }

const char* holdfast_backup_id(const holdfast_backup* backup) { return backup == nullptr ? nullptr : info(backup)->id.c_str(); }
int64_t holdfast_backup_time(const holdfast_backup* backup) { return backup == nullptr ? 0 : micros(info(backup)->time); }
int64_t holdfast_backup_finished(const holdfast_backup* backup) { return backup == nullptr ? 0 : micros(info(backup)->finished); }
uint64_t holdfast_backup_entries(const holdfast_backup* backup) { return backup == nullptr ? 0 : info(backup)->entries; }
uint64_t holdfast_backup_plain_bytes(const holdfast_backup* backup) { return backup == nullptr ? 0 : info(backup)->plain_bytes; }
uint64_t holdfast_backup_stored_bytes(const holdfast_backup* backup) { return backup == nullptr ? 0 : info(backup)->stored_bytes; }
int32_t holdfast_backup_level(const holdfast_backup* backup) { return backup == nullptr ? 0 : static_cast<int32_t>(info(backup)->level); }
int64_t holdfast_backup_proven(const holdfast_backup* backup) { return backup == nullptr ? 0 : micros(info(backup)->proven); }
const char* holdfast_backup_damage(const holdfast_backup* backup) { return backup == nullptr ? nullptr : info(backup)->damage.c_str(); }
const holdfast_notes* holdfast_backup_tags(const holdfast_backup* backup) {
  return backup == nullptr ? nullptr : as_handle(info(backup)->tags);
}
size_t holdfast_backup_source_count(const holdfast_backup* backup) { return backup == nullptr ? 0 : info(backup)->sources.size(); }

const holdfast_source_record* holdfast_backup_source(const holdfast_backup* backup, size_t index) {
  return index < holdfast_backup_source_count(backup) ? as_handle(info(backup)->sources[index]) : nullptr;
}

void holdfast_backup_free(holdfast_backup* backup) { delete reinterpret_cast<BackupInfo*>(backup); }

const char* holdfast_source_record_uri(const holdfast_source_record* source) {
  return source == nullptr ? nullptr : record(source)->uri.c_str();
}
const char* holdfast_source_record_driver(const holdfast_source_record* source) {
  return source == nullptr ? nullptr : record(source)->driver.c_str();
}
const char* holdfast_source_record_name(const holdfast_source_record* source) {
  return source == nullptr ? nullptr : record(source)->name.c_str();
}
int64_t holdfast_source_record_instant(const holdfast_source_record* source) {
  return source == nullptr ? 0 : micros(record(source)->instant);
}
const holdfast_notes* holdfast_source_record_notes(const holdfast_source_record* source) {
  return source == nullptr ? nullptr : as_handle(record(source)->notes);
}

size_t holdfast_notes_count(const holdfast_notes* notes) { return notes == nullptr ? 0 : map(notes)->size(); }

const char* holdfast_notes_key(const holdfast_notes* notes, size_t index) {
  const auto* note = note_at(notes, index);
  return note == nullptr ? nullptr : note->first.c_str();
}

const char* holdfast_notes_value(const holdfast_notes* notes, size_t index) {
  const auto* note = note_at(notes, index);
  return note == nullptr ? nullptr : note->second.c_str();
}

const char* holdfast_notes_get(const holdfast_notes* notes, const char* key) {
  if (notes == nullptr || key == nullptr) return nullptr;
  for (const auto& [name, value] : *map(notes)) {  // compares without making a string: this must not need memory
    if (name == key) return value.c_str();
  }
  return nullptr;
}
