#pragma once

#include <span>

#include "holdfast/retention.hpp"

namespace holdfast {

/// The planner without a repository: decides which of these times to keep, as if a good backup of one series had been
/// made at each. The id of a decision's backup is the number of its time in `times`, from 0. Newest first.
/// Tags and proofs play no part: throws Error{unsupported} for a policy that asks for them, else as plan_retention.
RetentionPlan plan_retention(std::span<const TimePoint> times, const RetentionPolicy& policy, TimePoint now);

}  // namespace holdfast
