#pragma once

#include <memory>

#include "holdfast/repository.hpp"
#include "repository/packed/index_store.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

/// Collects garbage: steps G1 to G9 of docs/format-packed.md. Safe beside any number of writers, readers and collectors, and to kill at
/// any point. Throws before anything is removed if a backup can't be read or a chunk it needs is not in the index.
GarbageReport collect_packed(std::shared_ptr<const PackedPlace> place, std::shared_ptr<const IndexCache> index,
                             const GarbageOptions& options, Context& context);

}  // namespace holdfast
