#pragma once

#include <memory>

#include "repository/layout.hpp"
#include "repository/packed/chunk_reader.hpp"
#include "repository/packed/index_store.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

/// Returns the packs that hold the data of a backup: all of them, or as far as the lists that name its chunks are not
/// archived.
NeededObjects needed_packs(const PackedPlace& place, const IndexCache& index, const std::shared_ptr<ChunkReader>& chunks,
                           const BackupId& id, const Context& context);

}  // namespace holdfast
