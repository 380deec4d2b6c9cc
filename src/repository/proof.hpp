#pragma once

#include <map>
#include <string>
#include <vector>

#include "holdfast/manifest.hpp"
#include "holdfast/verify.hpp"

namespace holdfast {

constexpr std::string_view kProofs = "proofs/";

/// What a proof record says.
struct Proof {
  BackupId id;
  ProofLevel level = ProofLevel::stored;
  TimePoint time{};
  std::string manifest_sha256;  ///< hex, of the stored manifest that was proven: a proof holds for no other
};

/// The level a report without faults stands for.
ProofLevel level_of(const VerifyReport& report);

/// "proofs/ID-YYYYMMDDTHHMMSSFFFFFF-LEVEL".
std::string proof_name(const Proof& proof);
/// "proofs/ID-": what all proofs of a backup begin with.
std::string proof_prefix(const BackupId& id);

/// A backup in a listing, and the hash that its proofs must name.
struct ListedBackup {
  BackupInfo info;
  std::string manifest_sha256;  ///< empty if it can't be read
};
/// Lets the backup show the proof if it is of these very bytes and better than what it has.
void apply_proof(const Proof& proof, std::map<BackupId, ListedBackup>& backups);

}  // namespace holdfast
