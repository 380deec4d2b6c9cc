#pragma once

#include <string>

#include "holdfast/repository.hpp"

namespace holdfast {

// Like Repository::plan and Repository::expire, for the backups of one series: a job's policy decides on nothing else
// in the repository.
RetentionPlan plan_series(Repository& repository, const std::string& series, const RetentionPolicy& policy, Context& context);
RetentionPlan expire_series(Repository& repository, const std::string& series, const RetentionPolicy& policy, Context& context);

}  // namespace holdfast
