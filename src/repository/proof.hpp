#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "holdfast/error.hpp"
#include "holdfast/manifest.hpp"
#include "holdfast/verify.hpp"

namespace holdfast {

constexpr std::string_view kProofs = "proofs/";
constexpr std::uint64_t kProofLimit = 1U << 20;

/// The contents of a proof record.
struct Proof {
  BackupId id;
  ProofLevel level = ProofLevel::stored;  ///< proven, unless it failed
  TimePoint time{};
  std::string manifest_sha256;  ///< hex, of the stored manifest that was verified: the proof applies to no other
  std::optional<FailedProof> failed;
};

/// Returns the record of a verification that ends at `time`.
Proof proof_of(const VerifyReport& report, std::string manifest_sha256, TimePoint time);

/// The value of the member `level` and the end of the name: a level, or "failed".
std::string outcome_of(const Proof& proof);
constexpr std::string_view kFailed = "failed";

/// Returns the level that a member of a record names. `fields` are the record's, in either layout.
template <typename Fields>
ProofLevel level_named(const std::string& text, const Fields& fields) {
  try {
    return parse_proof_level(text);
  } catch (const Error&) {
    fields.fail("has an unknown level");
  }
}

/// Returns "proofs/ID-YYYYMMDDTHHMMSSFFFFFF-LEVEL", or "…-failed".
std::string proof_name(const Proof& proof);
/// The claims in a proof's name.
struct NamedProof {
  BackupId id;
  std::optional<ProofLevel> level;  ///< none: it failed
  std::string time;                 ///< later times are greater
};
/// Returns none if the name is not that of a proof.
std::optional<NamedProof> parse_proof_name(std::string_view object);
/// Returns "proofs/ID-", the prefix of all proofs of a backup.
std::string proof_prefix(const BackupId& id);

}  // namespace holdfast
