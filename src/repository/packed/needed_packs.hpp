#pragma once

#include <memory>

#include "repository/layout.hpp"
#include "repository/packed/chunk_reader.hpp"
#include "repository/packed/index_store.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

/// The packs that the bytes of a backup lie in: all of them, or as far as the lists that name its chunks are not frozen themselves.
NeededObjects needed_packs(const PackedPlace& place, const IndexCache& index, const std::shared_ptr<ChunkReader>& chunks,
                           const BackupId& id, const Context& context);

}  // namespace holdfast
