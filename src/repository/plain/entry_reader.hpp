#pragma once

#include <functional>
#include <memory>

#include "holdfast/io.hpp"
#include "holdfast/manifest.hpp"
#include "repository/plain/place.hpp"

namespace holdfast {

/// Called with each count of stored bytes as they are read.
using StoredBytesSeen = std::function<void(std::uint64_t)>;

/// The plain bytes of an entry. Stored length and SHA-256, decoding, plain length and content hash are checked, at the latest before
/// the end is told; any mismatch, and an object that is not there, is Error{corrupt} naming the object.
std::unique_ptr<Reader> read_entry(std::shared_ptr<const PlainPlace> place, const EntryRecord& entry, StoredBytesSeen seen = {});

}  // namespace holdfast
