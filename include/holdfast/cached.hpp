#pragma once

#include <memory>
#include <string>

#include "holdfast/storage.hpp"

namespace holdfast {

/// Keeps copies of the objects under `prefix` in `cache`, so that each object is fetched once. The names of these
/// objects end in the SHA-256 of their bytes. A copy is used only if its bytes match its name: a cache that is damaged,
/// full, read-only or lost costs only time. A listing of `prefix` also drops the copies of objects that no longer
/// exist. An object that others removed meanwhile may still be read from its copy. Repository::list also caches what it
/// read of each backup; names, sizes and times always come from the storage's listing. A storage made of several keeps
/// no such copies: wrap the combined storage, not its parts.
std::shared_ptr<Storage> cached_storage(std::shared_ptr<Storage> inner, std::shared_ptr<Storage> cache, std::string prefix);

}  // namespace holdfast
