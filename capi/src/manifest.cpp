#include <functional>

#include "handles.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

const EntryRecord* record(const holdfast_entry* entry) { return reinterpret_cast<const EntryRecord*>(entry); }

const std::vector<EntryRecord>* entries(const BackupDiff& diff, int32_t kind) {
  switch (kind) {
    case HOLDFAST_DIFF_ADDED: return &diff.added;
    case HOLDFAST_DIFF_REMOVED: return &diff.removed;
    case HOLDFAST_DIFF_CHANGED: return &diff.changed;
    default: return nullptr;
  }
}

bool is_one_of(const std::vector<EntryRecord>& all, const EntryRecord* entry) {
  const std::less<const EntryRecord*> before;
  return !all.empty() && !before(entry, &all.front()) && !before(&all.back(), entry);
}

}  // namespace

holdfast_manifest holdfast::capi::lend(const BackupView& backup) {
  const auto view = std::make_shared<const BackupView>(backup);
  return {std::shared_ptr<const Manifest>(view, &view->manifest()), [view](const EntryRecord& entry) { return view->open(entry); }, view};
}

std::size_t holdfast::capi::source_number(const BackupView& backup) {
  return static_cast<std::size_t>(&backup.source() - backup.manifest().sources.data());
}

holdfast_status holdfast_manifest_open(holdfast_manifest** out, holdfast_repository* repository, const char* backup,
                                       const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return guard("manifest", err, [&] {
    Out result(out);
    const auto core = required(repository, "repository").core;
    Operation operation(options);
    const BackupId id = resolve(core->repository, required_text(backup, "backup"), operation.context);
    const BackupView view = core->repository.view(id, 0, operation.context);
    // The view of any source opens the entries of all.
    auto manifest = core->repository.manifest(id, operation.context);
    result.make(
        std::move(manifest), [view](const EntryRecord& entry) { return view.open(entry); }, core);
  });
}

const char* holdfast_manifest_id(const holdfast_manifest* manifest) {
  return manifest == nullptr ? nullptr : manifest->manifest->id.c_str();
}
const char* holdfast_manifest_written_by(const holdfast_manifest* manifest) {
  return manifest == nullptr ? nullptr : manifest->manifest->written_by.c_str();
}
size_t holdfast_manifest_source_count(const holdfast_manifest* manifest) {
  return manifest == nullptr ? 0 : manifest->manifest->sources.size();
}
const holdfast_source_record* holdfast_manifest_source(const holdfast_manifest* manifest, size_t index) {
  return index < holdfast_manifest_source_count(manifest) ? as_handle(manifest->manifest->sources[index]) : nullptr;
}
size_t holdfast_manifest_entry_count(const holdfast_manifest* manifest) {
  return manifest == nullptr ? 0 : manifest->manifest->entries.size();
}
const holdfast_entry* holdfast_manifest_entry(const holdfast_manifest* manifest, size_t index) {
  return index < holdfast_manifest_entry_count(manifest) ? as_handle(manifest->manifest->entries[index]) : nullptr;
}

const holdfast_entry* holdfast_manifest_find(const holdfast_manifest* manifest, size_t source, const char* name) {
  if (manifest == nullptr || name == nullptr) return nullptr;
  for (const EntryRecord& entry : manifest->manifest->entries) {
    if (entry.source == source && entry.name == name) return as_handle(entry);
  }
  return nullptr;
}

void holdfast_manifest_free(holdfast_manifest* manifest) { delete manifest; }

holdfast_status holdfast_manifest_read(holdfast_reader** out, const holdfast_manifest* manifest, const holdfast_entry* entry,
                                       holdfast_error** err) {
  clear(out);
  return guard("manifest", err, [&] {
    Out result(out);
    const holdfast_manifest& opened = required(manifest, "manifest");
    required(record(entry), "entry");
    if (!is_one_of(opened.manifest->entries, record(entry))) refuse("the entry is not one of this manifest");
    auto core = std::make_shared<ReaderCore>();
    core->kept = std::make_shared<const holdfast_manifest>(opened);
    core->reader = opened.open(*record(entry));
    result.make(std::move(core));
  });
}

const char* holdfast_entry_name(const holdfast_entry* entry) { return entry == nullptr ? nullptr : record(entry)->name.c_str(); }
const char* holdfast_entry_kind(const holdfast_entry* entry) { return entry == nullptr ? nullptr : record(entry)->kind.c_str(); }
size_t holdfast_entry_source(const holdfast_entry* entry) { return entry == nullptr ? 0 : record(entry)->source; }
uint64_t holdfast_entry_plain_bytes(const holdfast_entry* entry) { return entry == nullptr ? 0 : record(entry)->plain_bytes; }
uint64_t holdfast_entry_stored_bytes(const holdfast_entry* entry) { return entry == nullptr ? 0 : record(entry)->stored_bytes; }
const char* holdfast_entry_content_hash(const holdfast_entry* entry) {
  return entry == nullptr ? nullptr : record(entry)->content_hash.c_str();
}
const char* holdfast_entry_transform(const holdfast_entry* entry, size_t index) {
  return entry == nullptr || index >= record(entry)->transforms.size() ? nullptr : record(entry)->transforms[index].c_str();
}
const char* holdfast_entry_restore_with(const holdfast_entry* entry) {
  return entry == nullptr ? nullptr : record(entry)->restore_with.c_str();
}
const holdfast_notes* holdfast_entry_attributes(const holdfast_entry* entry) {
  return entry == nullptr ? nullptr : as_handle(record(entry)->attributes);
}

size_t holdfast_diff_count(const holdfast_diff* diff, int32_t kind) {
  const auto* found = diff == nullptr ? nullptr : entries(diff->diff, kind);
  return found == nullptr ? 0 : found->size();
}

const holdfast_entry* holdfast_diff_entry(const holdfast_diff* diff, int32_t kind, size_t index) {
  return index < holdfast_diff_count(diff, kind) ? as_handle((*entries(diff->diff, kind))[index]) : nullptr;
}

uint64_t holdfast_diff_unchanged(const holdfast_diff* diff) { return diff == nullptr ? 0 : diff->diff.unchanged; }
void holdfast_diff_free(holdfast_diff* diff) { delete diff; }
