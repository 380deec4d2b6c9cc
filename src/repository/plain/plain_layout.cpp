#include "repository/plain/plain_layout.hpp"

#include <algorithm>
#include <map>
#include <mutex>

#include "base/parallel.hpp"
#include "holdfast/error.hpp"
#include "repository/names.hpp"
#include "repository/plain/entry_reader.hpp"
#include "repository/plain/manifests.hpp"
#include "repository/plain/objects.hpp"
#include "repository/plain/proofs.hpp"
#include "repository/plain/session.hpp"

namespace holdfast {

namespace {

struct Listed {
  std::vector<std::string> manifests, proofs;
};

// One pass over all names: a storage has no folders to step over.
Listed find_listed(const PlainPlace& place) {
  Listed listed;
  place.storage().list("", [&](const ObjectInfo& object) {
    const BackupId id = id_in(object.name);
    if (!id.empty() && (object.name == folder_manifest(place, id) || object.name == stream_manifest(place, id))) {
      listed.manifests.push_back(object.name);
    }
    if (object.name.starts_with(kProofs)) listed.proofs.push_back(object.name);
    return true;
  });
  return listed;
}

// Of what somebody else may be removing, and of storages that fail for now.
bool passes(const Error& error) { return error.retryable() || error.code() == ErrorCode::cancelled; }

std::optional<ListedBackup> read_line(const PlainPlace& place, const std::string& object) {
  const BackupId id = id_in(object);
  try {
    const StoredManifest stored = read_manifest(place, id, object);
    return ListedBackup{summary_of(*stored.manifest), stored.sha256};
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return std::nullopt;
    if (passes(error)) throw;
    return ListedBackup{{.id = id, .time = age_of(id).first, .damage = error.message()}, ""};
  }
}

std::optional<Proof> proof_in(const PlainPlace& place, const std::string& object, const Context& context) {
  try {
    return read_proof(place, object);
  } catch (const Error& error) {
    if (passes(error)) throw;
    if (error.code() != ErrorCode::not_found)
      context.warn("a proof record can't be read and counts for nothing: " + error.message(), object);
    return std::nullopt;
  }
}

}  // namespace

void PlainLayout::rotate_data_key(Context&) {
  throw Error(ErrorCode::unsupported, place_->info().uri + " is plain, and has one data key for ever: copy it into a new repository");
}

std::unique_ptr<BackupSession> PlainLayout::begin(const BackupOptions& options, Context& context) {
  return begin_session(place_, options, context);
}

std::vector<BackupInfo> PlainLayout::list(Context& context) const {
  const Listed listed = find_listed(*place_);
  std::map<BackupId, ListedBackup> lines;
  std::mutex mutex;
  parallel_for(listed.manifests.size(), context.jobs(), [&](std::size_t index) {
    context.check();
    std::optional<ListedBackup> line = read_line(*place_, listed.manifests[index]);
    const std::lock_guard lock(mutex);
    if (line) lines.emplace(line->info.id, std::move(*line));
  });
  parallel_for(listed.proofs.size(), context.jobs(), [&](std::size_t index) {
    context.check();
    const std::optional<Proof> proof = proof_in(*place_, listed.proofs[index], context);
    const std::lock_guard lock(mutex);
    if (proof) apply_proof(*proof, lines);
  });
  std::vector<BackupInfo> backups;
  for (auto& [id, line] : lines) backups.push_back(std::move(line.info));
  std::sort(backups.begin(), backups.end(),
            [](const BackupInfo& a, const BackupInfo& b) { return std::pair(a.time, age_of(a.id)) > std::pair(b.time, age_of(b.id)); });
  return backups;
}

std::shared_ptr<const Manifest> PlainLayout::manifest(const BackupId& id, Context&) const {
  return read_manifest(*place_, id, manifest_object(*place_, id)).manifest;
}

std::unique_ptr<Reader> PlainLayout::open_entry(const EntryRecord& entry) const { return read_entry(place_, entry); }

void PlainLayout::record_proof(const VerifyReport& report, Context& context) {
  const std::string sha256 = read_manifest(*place_, report.id, manifest_object(*place_, report.id)).sha256;
  write_proof(*place_, report, sha256, context);
}

}  // namespace holdfast
