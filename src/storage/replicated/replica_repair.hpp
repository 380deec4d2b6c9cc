#pragma once

#include "holdfast/context.hpp"
#include "storage/replicated/replica_set.hpp"

namespace holdfast {

/// Makes the members that can be reached equal: docs/storage.md, R1 to R5.
ReplicaRepairReport repair_replicas(ReplicaSet& set, const ReplicaRepairOptions& options, Context& context);

}  // namespace holdfast
