#pragma once

#include <memory>

#include "environment.hpp"
#include "holdfast/storage.hpp"

namespace holdfast::cli {

/// Returns the storage with a cache of its index in $XDG_CACHE_HOME/holdfast (else ~/.cache/holdfast), in a folder
/// named after `uri`. Returns the storage itself if there is no place for a cache.
std::shared_ptr<Storage> with_index_cache(std::shared_ptr<Storage> storage, const Environment& environment);

}  // namespace holdfast::cli
