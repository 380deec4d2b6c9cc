#pragma once

#include <algorithm>
#include <vector>

#include "holdfast/alerts.hpp"

namespace holdfast {

/// Returns how far a replica is behind; null if that is not known.
inline const ReplicaLag* known_lag(const std::vector<ReplicaLag>& lags, const ReplicaStatus& replica) {
  const auto found = std::ranges::find(lags, replica.id, &ReplicaLag::id);
  return found == lags.end() ? nullptr : &*found;
}

}  // namespace holdfast
