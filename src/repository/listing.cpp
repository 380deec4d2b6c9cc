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

// The proof records of one backup, by what their names claim.
struct NamedProofs {
  struct Passed {
    ProofLevel level;
    std::string time;
    ObjectInfo object;
  };
  std::vector<Passed> passed;                                // best first: by level, then time
  std::map<std::string, ObjectInfo, std::greater<>> failed;  // by time, newest first
};

std::map<BackupId, NamedProofs> by_backup(const std::vector<ObjectInfo>& proofs) {
  std::map<BackupId, NamedProofs> sorted;
  for (const ObjectInfo& object : proofs) {
    const auto named = parse_proof_name(object.name);
    if (!named) continue;
    NamedProofs& of_backup = sorted[named->id];
    if (named->level) {
      of_backup.passed.push_back({*named->level, named->time, object});
    } else {
      of_backup.failed.emplace(named->time, object);
    }
  }
  for (auto& [id, of_backup] : sorted) {
    std::ranges::sort(of_backup.passed, std::greater(), [](const auto& each) { return std::tie(each.level, each.time, each.object.name); });
  }
  return sorted;
}

// Reads the proofs of one backup. Reading a proof checks that its contents agree with its name, and that it applies to
// exactly the bytes of the listed backup.
class ProofReader {
 public:
  ProofReader(ListedObjects& objects, const BackupListing& listing, const ListedBackup& backup, const Context& context)
      : objects_(objects), listing_(listing), backup_(backup), context_(context) {}

  std::optional<Proof> read(const ObjectInfo& object) const {
    context_.check();
    std::optional<Proof> proof = proof_in(objects_, listing_, object, context_);
    if (proof && (proof->id != backup_.info.id || proof->manifest_sha256 != backup_.manifest_sha256)) proof.reset();
    return proof;
  }

  std::optional<Proof> best(const NamedProofs& named) const {
    for (const auto& each : named.passed)
      if (auto proof = read(each.object)) return proof;
    return std::nullopt;
  }

  std::optional<FailedProof> open_failure(const NamedProofs& named) const {
    for (const auto& [time, object] : named.failed) {
      const auto proof = read(object);
      if (!proof) continue;
      if (overcome(named, time, proof->failed->level)) return std::nullopt;
      return proof->failed;
    }
    return std::nullopt;
  }

 private:
  // Returns whether a later verification of this level found no fault.
  bool overcome(const NamedProofs& named, const std::string& time, ProofLevel level) const {
    return std::ranges::any_of(named.passed,
                               [&](const auto& each) { return each.level >= level && each.time > time && read(each.object); });
  }

  ListedObjects& objects_;
  const BackupListing& listing_;
  const ListedBackup& backup_;
  const Context& context_;
};

void apply_proofs(const NamedProofs& named, const ProofReader& reader, BackupInfo& backup) {
  if (const auto proof = reader.best(named)) {
    backup.level = proof->level;
    backup.proven = proof->time;
  }
  backup.failed = reader.open_failure(named);
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
  const std::map<BackupId, NamedProofs> proofs = by_backup(listing.proofs);
  parallel_for(listing.backups.size(), context.jobs(), [&](std::size_t number) {
    const auto line = lines.find(listing.backups[number].id);
    const auto found = proofs.find(listing.backups[number].id);
    if (line == lines.end() || found == proofs.end()) return;
    apply_proofs(found->second, ProofReader(objects, listing, line->second, context), line->second.info);
  });
  std::vector<BackupInfo> backups;
  for (auto& [id, line] : lines) backups.push_back(std::move(line.info));
  const auto age = [](const BackupInfo& backup) { return std::tuple(backup.time, age_of(backup.id), backup.id); };
  std::sort(backups.begin(), backups.end(), [&age](const BackupInfo& a, const BackupInfo& b) { return age(a) > age(b); });
  return backups;
}

}  // namespace holdfast
