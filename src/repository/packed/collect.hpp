#pragma once

#include <memory>

#include "holdfast/repository.hpp"
#include "repository/packed/index_store.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

/// Collects garbage: steps G1 to G9 of docs/format-packed.md. Safe beside any number of writers, readers and
/// collectors; may be killed at any point. Warns and removes no pack if a backup cannot be read or if the index lacks a
/// chunk that it needs.
GarbageReport collect_packed(std::shared_ptr<const PackedPlace> place, std::shared_ptr<const IndexCache> index,
                             const GarbageOptions& options, Context& context);

}  // namespace holdfast
