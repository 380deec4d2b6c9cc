#pragma once

#include <vector>

#include "holdfast/driver.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// Whether a diagnosis may put and remove its own objects.
enum class Trials { allowed, none };

/// An ability: a storage that knows more about itself than its use can show. It tells `AbilityWitness` of each call.
class SelfDiagnosing {
 public:
  virtual ~SelfDiagnosing() = default;
  /// Returns findings, each of which names its subject.
  virtual std::vector<Finding> diagnose(Trials trials) = 0;
};

/// Returns the findings of a storage about itself, through `as<SelfDiagnosing>`. Returns none if it is not
/// `SelfDiagnosing`.
std::vector<Finding> diagnosis_of(Storage& storage, Trials trials);
/// The same for a part of another storage: each finding names that part.
std::vector<Finding> diagnosis_of_part(Storage& part, Trials trials);

}  // namespace holdfast
