#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "holdfast/manifest.hpp"
#include "holdfast/verify.hpp"

namespace holdfast {

constexpr std::string_view kProofs = "proofs/";
constexpr std::uint64_t kProofLimit = 1U << 20;

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
/// What a proof's name claims.
struct NamedProof {
  BackupId id;
  ProofLevel level = ProofLevel::stored;
  std::string time;  ///< later times are greater
};
/// Nothing if it is no proof's name.
std::optional<NamedProof> parse_proof_name(std::string_view object);
/// "proofs/ID-": what all proofs of a backup begin with.
std::string proof_prefix(const BackupId& id);

}  // namespace holdfast
