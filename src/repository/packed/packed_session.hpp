#pragma once

#include <memory>

#include "holdfast/repository.hpp"
#include "repository/host_transforms.hpp"
#include "repository/packed/chunk_reader.hpp"
#include "repository/packed/index_store.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

/// Begins a backup: steps W1 to W3 of docs/format-packed.md. `chunks` reads the parts of earlier backups that it
/// reuses.
std::unique_ptr<BackupSession> begin_packed_session(std::shared_ptr<const PackedPlace> place, std::shared_ptr<const IndexCache> index,
                                                    std::shared_ptr<ChunkReader> chunks, std::shared_ptr<const HostTransforms> transforms,
                                                    const BackupOptions& options, Context& context);

}  // namespace holdfast
