#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "base/digest.hpp"
#include "base/if_there.hpp"
#include "base/parallel.hpp"
#include "holdfast/error.hpp"
#include "repository/findings.hpp"
#include "repository/format.hpp"
#include "repository/history.hpp"
#include "repository/names.hpp"
#include "repository/object_access.hpp"
#include "repository/plain/entry_reader.hpp"
#include "repository/plain/manifests.hpp"
#include "repository/plain/objects.hpp"
#include "repository/plain/plain_layout.hpp"
#include "repository/plain/proofs.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kReadBuffer = 256U << 10;

[[noreturn]] void damaged(const std::string& why) { throw Error(ErrorCode::corrupt, why); }

void check_size(const PlainPlace& place, const std::string& object, std::uint64_t size) {
  const auto info = place.storage().stat(object);
  if (!info) damaged("is missing");
  if (info->size != size) damaged("has " + std::to_string(info->size) + " bytes instead of " + std::to_string(size));
}

void check_entry(const std::shared_ptr<const PlainPlace>& place, const EntryRecord& entry, Findings& findings, const Context& context) {
  check_size(*place, entry.object, entry.stored_bytes);
  const auto reader = read_encoded(place, entry, [&](std::uint64_t bytes) {
    context.check();
    context.add_progress(bytes, 0);
    findings.count_bytes(bytes);
  });
  Bytes buffer(std::min<std::uint64_t>(kReadBuffer, entry.plain_bytes + 1));
  while (reader->read(buffer) != 0) {
  }
}

void check_extra(const PlainPlace& place, const ExtraObject& extra, Findings& findings) {
  check_size(place, extra.object, extra.size);
  const Bytes stored = place.get(extra.object, extra.size);
  findings.count_bytes(stored.size());
  if (sha256_hex(stored) != extra.sha256) damaged("is damaged: its SHA-256 does not match");
}

// Checks only objects with a session's name. A session may end meanwhile.
void check_session_if_there(const PlainPlace& place, const std::string& object) {
  const std::string_view name = std::string_view(object).substr(kSessions.size());
  const bool clock = name.starts_with("clock-");
  if (id_in(name).empty() && !clock) return;
  if_there([&] { clock ? void(place.read("session", object, kSessionLimit)) : check_session(place, object); });
}

// Reports objects that have neither manifest nor session record. The order of durable effects never leaves such
// objects, so a manifest was lost. Checks object, record, manifest and again the object, so that a backup that is
// committed or removed meanwhile does not seem lost.
void check_accounted(const PlainPlace& place, Findings& findings, Doubts& doubts) {
  std::string latest;
  std::vector<std::pair<BackupId, std::string>> suspects;
  place.storage().list("backup_", [&](const ObjectInfo& object) {
    const BackupId id = id_in(object.name);
    if (!id.empty() && id != latest) suspects.emplace_back(id, object.name);
    if (!id.empty()) latest = id;
    return true;
  });
  std::set<BackupId> seen;
  for (const auto& [id, object] : suspects) {
    if (!seen.insert(id).second || !session_records(place, doubts, id).empty() || has_manifest(place, id)) continue;
    if (place.storage().stat(object)) {
      findings.add(folder_manifest(place, id), "is missing: the backup has objects (" + object +
                                                   " is one) but no manifest; bring it back from a copy, or remove the backup");
    }
  }
}

// A backup has one manifest. An object in its other place is no fault of the backup, but must be reported.
void check_second_manifests(const PlainPlace& place, Findings& findings) {
  std::map<BackupId, std::vector<std::string>> manifests;
  place.storage().list("backup_", [&](const ObjectInfo& object) {
    const BackupId id = id_in(object.name);
    const bool manifest = !id.empty() && (object.name == folder_manifest(place, id) || object.name == stream_manifest(place, id));
    if (manifest) manifests[id].push_back(object.name);
    return true;
  });
  for (const auto& [id, objects] : manifests) {
    if (objects.size() < 2) continue;
    for (const std::string& object : objects) findings.check(object, [&] { read_manifest(place, id, object); });
  }
}

}  // namespace

void PlainLayout::verify_backup(const BackupId& id, VerifyLevel level, VerifyReport& report, Context& context) const {
  Findings findings(report);
  Doubts doubts(context);
  const std::string object = manifest_object(*place_, id, doubts);
  StoredManifest stored;
  findings.check(object, [&] {
    stored = read_manifest(*place_, id, object);
    findings.count_bytes(stored.stored_bytes);
  });
  if (stored.manifest) {
    const Manifest& manifest = *stored.manifest;
    const bool full = level != VerifyLevel::quick;
    if (full) context.expect_bytes(manifest.stored_bytes());
    parallel_for(manifest.entries.size() + manifest.extras.size(), context.jobs(), [&](std::size_t index) {
      context.check();
      if (index < manifest.entries.size()) {
        const EntryRecord& entry = manifest.entries[index];
        findings.check(entry.object, [&] {
          full ? check_entry(place_, entry, findings, context) : check_size(*place_, entry.object, entry.stored_bytes);
        });
      } else {
        const ExtraObject& extra = manifest.extras[index - manifest.entries.size()];
        findings.check(extra.object, [&] { full ? check_extra(*place_, extra, findings) : check_size(*place_, extra.object, extra.size); });
      }
    });
  }
  // A removal of the backup begins with the manifest: without it, missing objects are no damage.
  if (findings.any() && !is_taken(place_->storage(), object))
    throw Error(ErrorCode::not_found, "backup " + id + " is not in " + place_->info().uri + " any more: somebody removed it");
  findings.finish();
}

void PlainLayout::verify_common(VerifyLevel level, VerifyReport& report, Context& context) const {
  Findings findings(report);
  findings.check("format", [&] {
    const RepositoryInfo found = read_format(place_->storage()).info;
    if (found.id != place_->info().id || found.encrypted != place_->info().encrypted) damaged("is of another repository");
  });
  check_slots(place_->storage(), place_->info(), findings);
  const auto proofs = list_objects(place_->storage(), kProofs);
  parallel_for(level == VerifyLevel::quick ? 0 : proofs.size(), context.jobs(), [&](std::size_t index) {
    context.check();
    findings.check(proofs[index].name, [&] {
      read_proof(*place_, proofs[index].name);
      findings.count_bytes(proofs[index].size);
    });
  });
  if (level != VerifyLevel::quick) check_history(*this, findings, context);
  for (const ObjectInfo& record : list_objects(place_->storage(), kSessions)) {
    findings.check(record.name, [&] { check_session_if_there(*place_, record.name); });
  }
  Doubts doubts(context);
  check_accounted(*place_, findings, doubts);
  check_second_manifests(*place_, findings);
  findings.finish();
}

}  // namespace holdfast
