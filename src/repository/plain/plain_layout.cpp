#include "repository/plain/plain_layout.hpp"

#include <algorithm>
#include <map>

#include "holdfast/error.hpp"
#include "repository/names.hpp"
#include "repository/object_access.hpp"
#include "repository/plain/entry_reader.hpp"
#include "repository/plain/history.hpp"
#include "repository/plain/manifests.hpp"
#include "repository/plain/objects.hpp"
#include "repository/plain/proofs.hpp"
#include "repository/plain/session.hpp"

namespace holdfast {

namespace {

struct Listed {
  std::map<BackupId, std::vector<ObjectInfo>> manifests;
  std::vector<ObjectInfo> proofs;
};

// Lists all names once: a storage has no folders that could be skipped.
Listed find_listed(const PlainPlace& place, Storage& storage) {
  Listed listed;
  storage.list("", [&](const ObjectInfo& object) {
    const BackupId id = id_in(object.name);
    if (!id.empty() && (object.name == folder_manifest(place, id) || object.name == stream_manifest(place, id))) {
      listed.manifests[id].push_back(object);
    }
    if (object.name.starts_with(kProofs)) listed.proofs.push_back(object);
    return true;
  });
  return listed;
}

// Reads the manifest that makes the backup exist.
StoredManifest read_listed(const PlainPlace& place, const BackupId& id, const Context& context) {
  Doubts doubts(context);
  return read_manifest(place, id, manifest_object(place, id, doubts));
}

}  // namespace

void PlainLayout::rotate_data_key(Context&) {
  throw Error(ErrorCode::unsupported, place_->info().uri + " is plain, and its data key can't be rotated: copy it into a new repository");
}

RepairReport PlainLayout::repair(Context&) {
  throw Error(ErrorCode::unsupported,
              place_->info().uri + " is plain, and has no index to rebuild: bring back damaged objects from a copy");
}

std::unique_ptr<BackupSession> PlainLayout::begin(const BackupOptions& options, Context& context) {
  return begin_session(place_, transforms_, options, context);
}

std::vector<BackupInfo> PlainLayout::list_these(ListedObjects& objects, std::vector<BackupListing::Line> lines,
                                                std::vector<ObjectInfo> proofs, const Context& context) const {
  const BackupListing listing{
      .backups = std::move(lines),
      .proofs = std::move(proofs),
      .limit = kManifestLimit,
      .open_backup =
          [this](const BackupListing::Line& line, ByteView bytes) {
            const StoredManifest stored = open_manifest(*place_, line.id, line.object.name, bytes);
            return ListedBackup{summary_of(*stored.manifest), stored.sha256};
          },
      .open_proof = [this](const std::string& object, ByteView bytes) { return open_proof(*place_, object, bytes); }};
  return list_backups(objects, listing, context);
}

std::vector<BackupInfo> PlainLayout::list(Context& context) const {
  Listed listed = find_listed(*place_, place_->storage());
  Doubts doubts(context);
  std::vector<BackupListing::Line> lines;
  for (const auto& [id, objects] : listed.manifests) {
    std::vector<std::string> names;
    for (const ObjectInfo& object : objects) names.push_back(object.name);
    lines.push_back({id, *std::ranges::find(objects, the_one_that_opens(*place_, id, names, doubts), &ObjectInfo::name)});
  }
  ListedObjects objects(place_->storage(), ListedObjects::Copied::yes);
  std::vector<BackupInfo> backups = list_these(objects, std::move(lines), std::move(listed.proofs), context);
  objects.finish();
  return backups;
}

std::vector<BackupId> PlainLayout::ids(const Context&) const {
  std::vector<BackupId> ids;
  for (const auto& [id, objects] : find_listed(*place_, place_->storage()).manifests) ids.push_back(id);
  const auto age = [](const BackupId& id) { return std::pair(age_of(id), id); };
  std::sort(ids.begin(), ids.end(), [&age](const BackupId& a, const BackupId& b) { return age(a) > age(b); });
  return ids;
}

std::set<BackupId> PlainLayout::ids_on(Storage& replica) const {
  std::set<BackupId> ids;
  for (const auto& [id, objects] : find_listed(*place_, replica).manifests) ids.insert(id);
  return ids;
}

std::optional<BackupInfo> PlainLayout::find(const BackupId& id, const Context& context) const {
  const std::vector<std::string> manifests = is_backup_id(id) ? find_manifests(*place_, id) : std::vector<std::string>();
  if (manifests.empty()) return std::nullopt;
  Doubts doubts(context);
  ListedObjects objects(place_->storage(), ListedObjects::Copied::no);
  auto found = list_these(objects, {{id, {.name = the_one_that_opens(*place_, id, manifests, doubts)}}},
                          list_objects(place_->storage(), proof_prefix(id)), context);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

bool PlainLayout::is_exact(std::string_view name) const { return is_backup_id(name) && has_manifest(*place_, BackupId(name)); }

std::shared_ptr<const Manifest> PlainLayout::manifest(const BackupId& id, Context& context) const {
  return read_listed(*place_, id, context).manifest;
}

std::optional<std::string> PlainLayout::record_sha256(const BackupId& id, const Context& context) const {
  return read_listed(*place_, id, context).sha256;
}

NeededObjects PlainLayout::needed_objects(const BackupId& id, const Context& context) const {
  const auto manifest = read_listed(*place_, id, context).manifest;
  NeededObjects needed{.sources = manifest->sources.size(), .objects = {}};
  for (const EntryRecord& entry : manifest->entries) needed.objects.push_back({entry.object, entry.stored_bytes, {}});
  for (const ExtraObject& extra : manifest->extras) needed.objects.push_back({extra.object, extra.size, {}});
  return needed;
}

// Backups share no objects in this layout.
std::vector<VerifyReport> PlainLayout::verify_backups(VerifyLevel level, Context& context) const {
  std::vector<VerifyReport> reports;
  for (const BackupId& id : ids(context)) {
    VerifyReport report{.id = id, .level = level};
    try {
      verify_backup(id, level, report, context);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::not_found) continue;  // removed meanwhile
      if (error.code() != ErrorCode::corrupt) throw;
      report.faults.push_back({id, error.message()});  // too damaged to be verified
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

std::unique_ptr<Reader> PlainLayout::open_entry(const EntryRecord& entry) const {
  return read_entry(place_, entry, transforms_.needed(entry));
}

std::unique_ptr<Reader> PlainLayout::open_encoded(const EntryRecord& entry) const { return read_encoded(place_, entry); }

std::string PlainLayout::history_object(const std::string& stem) const { return place_->stored_name(stem + ".json"); }

Bytes PlainLayout::seal_history(const std::string& object, const std::vector<OperationRecord>& records, const Context& context) const {
  return seal_plain_history(*place_, object, records, *context.host.random);
}

std::vector<OperationRecord> PlainLayout::open_history(const std::string& object, ByteView stored) const {
  return open_plain_history(*place_, object, stored);
}

void PlainLayout::record_proof(const VerifyReport& report, Context& context) {
  write_proof(*place_, report, *record_sha256(report.id, context), context);
}

}  // namespace holdfast
