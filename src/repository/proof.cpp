#include "repository/proof.hpp"

#include "base/utf8.hpp"
#include "holdfast/error.hpp"
#include "repository/names.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kFaultsKept = 20;
constexpr std::size_t kFaultBytes = 500;

// Records hold UTF-8 only.
std::string recordable(const Fault& fault) {
  const std::string text = to_utf8(fault.object + ": " + fault.what);
  return text.size() <= kFaultBytes ? text : to_utf8(text, kFaultBytes) + "…";
}

ProofLevel wanted_level(VerifyLevel level) {
  switch (level) {
    case VerifyLevel::quick: return ProofLevel::stored;
    case VerifyLevel::full: return ProofLevel::checksummed;
    case VerifyLevel::restore: break;
  }
  return ProofLevel::restored;
}

std::optional<FailedProof> failure_of(const VerifyReport& report, TimePoint time) {
  FailedProof failed{.time = time, .level = wanted_level(report.level)};
  for (const auto* faults : {&report.faults, &report.proof.faults}) {
    failed.faults += faults->size();
    for (const Fault& fault : *faults)
      if (failed.first.size() < kFaultsKept) failed.first.push_back(recordable(fault));
  }
  if (failed.faults == 0) return std::nullopt;
  return failed;
}

}  // namespace

Proof proof_of(const VerifyReport& report, std::string manifest_sha256, TimePoint time) {
  return {.id = report.id,
          .level = report.level == VerifyLevel::restore ? report.proof.level : wanted_level(report.level),
          .time = time,
          .manifest_sha256 = std::move(manifest_sha256),
          .failed = failure_of(report, time)};
}

std::string outcome_of(const Proof& proof) { return proof.failed ? std::string(kFailed) : to_string(proof.level); }

std::string proof_prefix(const BackupId& id) { return std::string(kProofs) + id + "-"; }

std::string proof_name(const Proof& proof) { return proof_prefix(proof.id) + name_time(proof.time) + "-" + outcome_of(proof); }

std::optional<NamedProof> parse_proof_name(std::string_view object) {
  if (!object.starts_with(kProofs)) return std::nullopt;
  object.remove_prefix(kProofs.size());
  const std::size_t first = object.find('-');
  const std::size_t second = object.find('-', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  std::string_view level = object.substr(second + 1);
  level = level.substr(0, level.find('.'));  // without the part that the plain layout appends
  try {
    NamedProof named{
        .id = BackupId(object.substr(0, first)), .level = std::nullopt, .time = std::string(object.substr(first + 1, second - first - 1))};
    if (level != kFailed) named.level = parse_proof_level(std::string(level));
    return named;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace holdfast
