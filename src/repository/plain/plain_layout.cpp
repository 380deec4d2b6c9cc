#include "repository/plain/plain_layout.hpp"

#include <map>

#include "holdfast/error.hpp"
#include "repository/listing.hpp"
#include "repository/names.hpp"
#include "repository/plain/entry_reader.hpp"
#include "repository/plain/manifests.hpp"
#include "repository/plain/objects.hpp"
#include "repository/plain/proofs.hpp"
#include "repository/plain/session.hpp"

namespace holdfast {

namespace {

struct Listed {
  std::vector<BackupId> ids;
  std::vector<std::vector<std::string>> manifests;  // objects, in the order of the ids
  std::vector<std::string> proofs;
};

// One pass over all names: a storage has no folders to step over.
Listed find_listed(const PlainPlace& place) {
  Listed listed;
  std::map<BackupId, std::vector<std::string>> manifests;
  place.storage().list("", [&](const ObjectInfo& object) {
    const BackupId id = id_in(object.name);
    if (!id.empty() && (object.name == folder_manifest(place, id) || object.name == stream_manifest(place, id))) {
      manifests[id].push_back(object.name);
    }
    if (object.name.starts_with(kProofs)) listed.proofs.push_back(object.name);
    return true;
  });
  for (auto& [id, objects] : manifests) {
    listed.ids.push_back(id);
    listed.manifests.push_back(std::move(objects));
  }
  return listed;
}

}  // namespace

void PlainLayout::rotate_data_key(Context&) {
  throw Error(ErrorCode::unsupported, place_->info().uri + " is plain, and has one data key for ever: copy it into a new repository");
}

RepairReport PlainLayout::repair(Context&) {
  throw Error(ErrorCode::unsupported,
              place_->info().uri + " is plain, and has no index that could be made again: bring back what is " + "damaged from a copy");
}

std::unique_ptr<BackupSession> PlainLayout::begin(const BackupOptions& options, Context& context) {
  return begin_session(place_, options, context);
}

std::vector<BackupInfo> PlainLayout::list(Context& context) const {
  const Listed listed = find_listed(*place_);
  Doubts doubts(context);
  const Listing listing{.ids = listed.ids,
                        .proofs = listed.proofs,
                        .read_backup =
                            [&](std::size_t number) {
                              const BackupId& id = listed.ids[number];
                              const std::string object = the_one_that_opens(*place_, id, listed.manifests[number], doubts);
                              const StoredManifest stored = read_manifest(*place_, id, object);
                              return ListedBackup{summary_of(*stored.manifest), stored.sha256};
                            },
                        .read_proof = [this](const std::string& object) { return read_proof(*place_, object); }};
  return list_backups(listing, context);
}

std::shared_ptr<const Manifest> PlainLayout::manifest(const BackupId& id, Context& context) const {
  Doubts doubts(context);
  return read_manifest(*place_, id, manifest_object(*place_, id, doubts)).manifest;
}

NeededObjects PlainLayout::needed_objects(const BackupId& id, const Context& context) const {
  Doubts doubts(context);
  const auto manifest = read_manifest(*place_, id, manifest_object(*place_, id, doubts)).manifest;
  NeededObjects needed{.sources = manifest->sources.size(), .objects = {}};
  for (const EntryRecord& entry : manifest->entries) needed.objects.push_back({entry.object, entry.stored_bytes, {}});
  for (const ExtraObject& extra : manifest->extras) needed.objects.push_back({extra.object, extra.size, {}});
  return needed;
}

// Backups share nothing here.
std::vector<VerifyReport> PlainLayout::verify_backups(VerifyLevel level, Context& context) const {
  std::vector<VerifyReport> reports;
  for (const BackupInfo& backup : list(context)) {
    VerifyReport& report = reports.emplace_back(VerifyReport{.id = backup.id, .level = level});
    try {
      verify_backup(backup.id, level, report, context);
    } catch (const Error& error) {  // so damaged that it can't be looked at
      if (error.code() != ErrorCode::corrupt) throw;
      report.faults.push_back({backup.id, error.message()});
    }
  }
  return reports;
}

std::unique_ptr<Reader> PlainLayout::open_entry(const EntryRecord& entry) const { return read_entry(place_, entry); }

void PlainLayout::record_proof(const VerifyReport& report, Context& context) {
  Doubts doubts(context);
  const std::string sha256 = read_manifest(*place_, report.id, manifest_object(*place_, report.id, doubts)).sha256;
  write_proof(*place_, report, sha256, context);
}

}  // namespace holdfast
