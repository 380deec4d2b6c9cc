#pragma once

#include <string>

#include "holdfast/verify.hpp"
#include "repository/plain/place.hpp"

namespace holdfast {

/// What a proof record says.
struct Proof {
  BackupId id;
  ProofLevel level = ProofLevel::stored;
  TimePoint time{};
  std::string manifest_sha256;  ///< of the stored manifest that was proven: a proof holds for no other
};

/// The level a report without faults stands for.
ProofLevel level_of(const VerifyReport& report);
void write_proof(const PlainPlace& place, const VerifyReport& report, const std::string& manifest_sha256, const Context& context);
/// Throws Error{corrupt} naming `object`.
Proof read_proof(const PlainPlace& place, const std::string& object);
/// "proofs/ID-": what all proofs of a backup begin with.
std::string proof_prefix(const BackupId& id);

}  // namespace holdfast
