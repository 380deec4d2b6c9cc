#include "repository/proof.hpp"

#include "holdfast/error.hpp"
#include "repository/names.hpp"

namespace holdfast {

ProofLevel level_of(const VerifyReport& report) {
  if (report.level == VerifyLevel::restore) return report.proof.level;
  return report.level == VerifyLevel::full ? ProofLevel::checksummed : ProofLevel::stored;
}

std::string proof_prefix(const BackupId& id) { return std::string(kProofs) + id + "-"; }

std::string proof_name(const Proof& proof) { return proof_prefix(proof.id) + name_time(proof.time) + "-" + to_string(proof.level); }

std::optional<NamedProof> parse_proof_name(std::string_view object) {
  if (!object.starts_with(kProofs)) return std::nullopt;
  object.remove_prefix(kProofs.size());
  const std::size_t first = object.find('-');
  const std::size_t second = object.find('-', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  std::string_view level = object.substr(second + 1);
  level = level.substr(0, level.find('.'));  // without the part that the plain layout appends
  try {
    return NamedProof{.id = BackupId(object.substr(0, first)),
                      .level = parse_proof_level(std::string(level)),
                      .time = std::string(object.substr(first + 1, second - first - 1))};
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace holdfast
