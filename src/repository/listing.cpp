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

// Of what somebody else may be removing, and of storages that fail for now.
bool passes(const Error& error) { return error.retryable() || error.code() == ErrorCode::cancelled; }

std::optional<ListedBackup> read_line(const Listing& listing, std::size_t number) {
  const BackupId& id = listing.ids[number];
  try {
    return listing.read_backup(number);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return std::nullopt;
    if (passes(error)) throw;
    return ListedBackup{{.id = id, .time = age_of(id).first, .damage = error.message()}, ""};
  }
}

std::optional<Proof> proof_in(const Listing& listing, const std::string& object, const Context& context) {
  try {
    return listing.read_proof(object);
  } catch (const Error& error) {
    if (passes(error)) throw;
    if (error.code() != ErrorCode::not_found) {
      context.warn("a proof record can't be read and counts for nothing: " + error.message(), object);
    }
    return std::nullopt;
  }
}

// Whether the proof is of these very bytes; then the backup shows it.
bool apply_proof(const Proof& proof, ListedBackup& backup) {
  if (proof.id != backup.info.id || proof.manifest_sha256 != backup.manifest_sha256) return false;
  backup.info.level = proof.level;
  backup.info.proven = proof.time;
  return true;
}

// The proofs of each backup, best first: their names say level and time, and whoever reads one makes sure that it says the same.
std::map<BackupId, std::vector<std::string>> by_backup(const std::vector<std::string>& proofs) {
  using Ranked = std::tuple<ProofLevel, std::string, std::string>;
  std::map<BackupId, std::vector<Ranked>> ranked;
  for (const std::string& object : proofs) {
    if (const auto named = parse_proof_name(object)) ranked[named->id].emplace_back(named->level, named->time, object);
  }
  std::map<BackupId, std::vector<std::string>> best_first;
  for (auto& [id, list] : ranked) {
    std::sort(list.begin(), list.end(), std::greater<>());
    for (Ranked& proof : list) best_first[id].push_back(std::move(std::get<2>(proof)));
  }
  return best_first;
}

}  // namespace

std::vector<BackupInfo> list_backups(const Listing& listing, const Context& context) {
  std::map<BackupId, ListedBackup> lines;
  std::mutex mutex;
  parallel_for(listing.ids.size(), context.jobs(), [&](std::size_t number) {
    context.check();
    std::optional<ListedBackup> line = read_line(listing, number);
    const std::lock_guard lock(mutex);
    if (line) lines.emplace(listing.ids[number], std::move(*line));
  });
  const std::map<BackupId, std::vector<std::string>> proofs = by_backup(listing.proofs);
  parallel_for(listing.ids.size(), context.jobs(), [&](std::size_t number) {
    const auto line = lines.find(listing.ids[number]);
    const auto found = proofs.find(listing.ids[number]);
    if (line == lines.end() || found == proofs.end()) return;
    for (const std::string& object : found->second) {
      context.check();
      const std::optional<Proof> proof = proof_in(listing, object, context);
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
