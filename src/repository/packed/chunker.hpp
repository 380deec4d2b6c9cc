#pragma once

#include <cstddef>
#include <memory>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// Limits of the chunk sizes of a stream (docs/format-packed.md, "Chunks, frames, packs").
struct ChunkSizes {
  std::size_t min, target, max;
};
constexpr ChunkSizes kStreamChunks{256U << 10, 1U << 20, 4U << 20};
constexpr ChunkSizes kListChunks{16U << 10, 64U << 10, 256U << 10};  ///< for entry lists, of which little changes

/// Finds the ends of one stream's chunks. One thread. The end of a chunk depends only on the bytes since its beginning.
class Chunker {
 public:
  virtual ~Chunker() = default;
  /// `from_start` holds the stream from the beginning of the chunk. `scanned` is the number of its bytes that an
  /// earlier call for this chunk has scanned. Returns the chunk's length, at most the maximum, or 0 if it does not end
  /// within these bytes. Keeps no state: the 63 bytes before `scanned` that a hash needs are read again from
  /// `from_start`. Cuts therefore do not depend on how the bytes arrive, but calls with a few bytes each are slow.
  virtual std::size_t find_end(ByteView from_start, std::size_t scanned) = 0;
  /// Returns how many bytes a caller must hold at most.
  virtual std::size_t max_size() const noexcept = 0;
};

/// The gear table of content-defined chunking. Immutable; all streams of a repository share it.
class GearTable;
std::shared_ptr<const GearTable> make_gear_table(const Secret& chunker_key);

/// FastCDC with normalised chunk sizes: an insertion or deletion moves few boundaries. The mean size is somewhat above
/// the target. Throws Error{invalid_argument} unless 64 < min <= target <= max <= 1 GiB.
std::unique_ptr<Chunker> content_chunker(std::shared_ptr<const GearTable> table, ChunkSizes sizes = kStreamChunks);

}  // namespace holdfast
