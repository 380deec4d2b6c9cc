#include "repository/listing.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>

#include "base/parallel.hpp"
#include "holdfast/error.hpp"
#include "repository/names.hpp"

namespace holdfast {

namespace {

// Errors that end the listing. All others concern one object, which may be damaged or have just been removed.
bool passes(const Error& error) { return error.retryable() || error.code() == ErrorCode::cancelled; }

std::optional<ListedBackup> read_line(ListedObjects& objects, const BackupListing& listing, const BackupListing::Line& line) {
  try {
    return objects.read(line.object, listing.limit, [&](ByteView stored) { return listing.open_backup(line, stored); });
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return std::nullopt;
    if (passes(error)) throw;
    return ListedBackup{{.id = line.id, .time = age_of(line.id).first, .damage = error.message()}, ""};
  }
}

std::optional<Proof> proof_in(ListedObjects& objects, const BackupListing& listing, const ObjectInfo& proof, const Context& context) {
  const std::string& object = proof.name;
  try {
    return objects.read(proof, kProofLimit, [&](ByteView stored) { return listing.open_proof(object, stored); });
  } catch (const Error& error) {
    if (passes(error)) throw;
    if (error.code() != ErrorCode::not_found) {
      context.warn("a proof record can't be read and counts for nothing: " + error.message(), object);
    }
    return std::nullopt;
  }
}

// Shows the proof in the backup's listing if it applies to exactly these bytes. Returns whether it does.
bool apply_proof(const Proof& proof, ListedBackup& backup) {
  if (proof.id != backup.info.id || proof.manifest_sha256 != backup.manifest_sha256) return false;
  backup.info.level = proof.level;
  backup.info.proven = proof.time;
  return true;
}

// Sorts the proofs of each backup, best first, by the level and time in their names. Reading a proof checks that its
// contents agree with its name.
std::map<BackupId, std::vector<ObjectInfo>> by_backup(const std::vector<ObjectInfo>& proofs) {
  using Rank = std::tuple<ProofLevel, std::string, std::string>;
  std::map<BackupId, std::map<Rank, ObjectInfo, std::greater<>>> ranked;
  for (const ObjectInfo& object : proofs) {
    if (const auto named = parse_proof_name(object.name)) ranked[named->id].emplace(Rank(named->level, named->time, object.name), object);
  }
  std::map<BackupId, std::vector<ObjectInfo>> best_first;
  for (const auto& [id, proofs_of_it] : ranked) {
    for (const auto& [rank, proof] : proofs_of_it) best_first[id].push_back(proof);
  }
  return best_first;
}

}  // namespace

std::vector<BackupInfo> list_backups(ListedObjects& objects, const BackupListing& listing, const Context& context) {
  std::map<BackupId, ListedBackup> lines;
  std::mutex mutex;
  parallel_for(listing.backups.size(), context.jobs(), [&](std::size_t number) {
    context.check();
    std::optional<ListedBackup> line = read_line(objects, listing, listing.backups[number]);
    const std::lock_guard lock(mutex);
    if (line) lines.emplace(listing.backups[number].id, std::move(*line));
  });
  const std::map<BackupId, std::vector<ObjectInfo>> proofs = by_backup(listing.proofs);
  parallel_for(listing.backups.size(), context.jobs(), [&](std::size_t number) {
    const auto line = lines.find(listing.backups[number].id);
    const auto found = proofs.find(listing.backups[number].id);
    if (line == lines.end() || found == proofs.end()) return;
    for (const ObjectInfo& object : found->second) {
      context.check();
      const std::optional<Proof> proof = proof_in(objects, listing, object, context);
      if (proof && apply_proof(*proof, line->second)) break;
    }
  });
  std::vector<BackupInfo> backups;
  for (auto& [id, line] : lines) backups.push_back(std::move(line.info));
  const auto age = [](const BackupInfo& backup) { return std::tuple(backup.time, age_of(backup.id), backup.id); };
  std::sort(backups.begin(), backups.end(), [&age](const BackupInfo& a, const BackupInfo& b) { return age(a) > age(b); });
  return backups;
}

}  // namespace holdfast
