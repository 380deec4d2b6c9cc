#pragma once

#include <memory>
#include <string>

#include "holdfast/storage.hpp"

namespace holdfast {

/// Keeps copies of the objects under `prefix` in `cache`, so that each is fetched once. Their names end in the SHA-256 of their bytes, and
/// a copy is used only if that is so: a cache that is damaged, full, read-only or gone costs time and nothing else. A listing of `prefix`
/// also drops the copies of what is not there any more. What others remove meanwhile may still be read from the copy.
std::shared_ptr<Storage> cached_storage(std::shared_ptr<Storage> inner, std::shared_ptr<Storage> cache, std::string prefix);

}  // namespace holdfast
