#include "repository/listing.hpp"

#include <algorithm>
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

// Lets the backup show the proof if it is of these very bytes and better than what it has.
void apply_proof(const Proof& proof, std::map<BackupId, ListedBackup>& backups) {
  const auto found = backups.find(proof.id);
  if (found == backups.end() || found->second.manifest_sha256 != proof.manifest_sha256) return;
  BackupInfo& info = found->second.info;
  if (std::pair(proof.level, proof.time) <= std::pair(info.level, info.proven)) return;
  info.level = proof.level;
  info.proven = proof.time;
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
  parallel_for(listing.proofs.size(), context.jobs(), [&](std::size_t number) {
    context.check();
    const std::optional<Proof> proof = proof_in(listing, listing.proofs[number], context);
    const std::lock_guard lock(mutex);
    if (proof) apply_proof(*proof, lines);
  });
  std::vector<BackupInfo> backups;
  for (auto& [id, line] : lines) backups.push_back(std::move(line.info));
  const auto age = [](const BackupInfo& backup) { return std::tuple(backup.time, age_of(backup.id), backup.id); };
  std::sort(backups.begin(), backups.end(), [&age](const BackupInfo& a, const BackupInfo& b) { return age(a) > age(b); });
  return backups;
}

}  // namespace holdfast
