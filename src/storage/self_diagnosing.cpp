#include "storage/self_diagnosing.hpp"

namespace holdfast {

std::vector<Finding> diagnosis_of(Storage& storage, Trials trials) {
  auto* const diagnosing = as<SelfDiagnosing>(storage);
  return diagnosing == nullptr ? std::vector<Finding>() : diagnosing->diagnose(trials);
}

std::vector<Finding> diagnosis_of_part(Storage& part, Trials trials) {
  std::vector<Finding> findings = diagnosis_of(part, trials);
  for (Finding& finding : findings) finding.what += " of " + part.uri();
  return findings;
}

}  // namespace holdfast
