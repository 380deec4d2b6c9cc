#pragma once

#include <functional>
#include <memory>

#include "holdfast/io.hpp"
#include "holdfast/manifest.hpp"
#include "repository/host_transforms.hpp"
#include "repository/plain/place.hpp"

namespace holdfast {

/// Called with the number of stored bytes of each read.
using StoredBytesSeen = std::function<void(std::uint64_t)>;

/// Reads the plain bytes of an entry. Checks stored length, SHA-256, decoding, plain length and content hash, at the
/// latest before it reports the end. Throws Error{corrupt} that names the object for a mismatch or a missing object.
/// `chain` has the host's transforms that the entry went through.
std::unique_ptr<Reader> read_entry(std::shared_ptr<const PlainPlace> place, const EntryRecord& entry, const HostChain& chain);
/// The same for the bytes as the host's transforms left them; their length and hash are known only if there are none.
std::unique_ptr<Reader> read_encoded(std::shared_ptr<const PlainPlace> place, const EntryRecord& entry, StoredBytesSeen seen = {});

}  // namespace holdfast
