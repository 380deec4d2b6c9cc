#pragma once

#include <vector>

#include "holdfast/driver.hpp"

namespace holdfast {

/// A storage that can say more of itself than can be found out by using it.
class SelfDiagnosing {
 public:
  virtual ~SelfDiagnosing() = default;
  /// Each with what it is of.
  virtual std::vector<Finding> diagnose() = 0;
};

}  // namespace holdfast
