#include "repository/proof.hpp"

namespace holdfast {

ProofLevel level_of(const VerifyReport& report) {
  if (report.level == VerifyLevel::restore) return report.proof.level;
  return report.level == VerifyLevel::full ? ProofLevel::checksummed : ProofLevel::stored;
}

std::string proof_prefix(const BackupId& id) { return std::string(kProofs) + id + "-"; }

std::string proof_name(const Proof& proof) {
  std::string time = format_time_micros(proof.time);
  std::erase_if(time, [](char c) { return c != 'T' && (c < '0' || c > '9'); });
  return proof_prefix(proof.id) + time + "-" + to_string(proof.level);
}

}  // namespace holdfast
