#pragma once

#include <vector>

#include "holdfast/driver.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// Whether a diagnosis may put and remove objects of its own.
enum class Trials { allowed, none };

/// A storage that can say more of itself than can be found out by using it. It tells `AbilityWitness` of each call.
class SelfDiagnosing {
 public:
  virtual ~SelfDiagnosing() = default;
  /// Each with what it is of.
  virtual std::vector<Finding> diagnose(Trials trials) = 0;
};

/// What a storage says of itself, by way of `as<SelfDiagnosing>`; nothing if it is not `SelfDiagnosing`.
std::vector<Finding> diagnosis_of(Storage& storage, Trials trials);
/// The same of a part of another storage: each finding names that part.
std::vector<Finding> diagnosis_of_part(Storage& part, Trials trials);

}  // namespace holdfast
