#pragma once

#include <cstddef>
#include <memory>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// How a stream is cut into chunks (docs/format-packed.md, "Chunks, frames, packs").
struct ChunkSizes {
  std::size_t min, target, max;
};
constexpr ChunkSizes kStreamChunks{256U << 10, 1U << 20, 4U << 20};
constexpr ChunkSizes kListChunks{16U << 10, 64U << 10, 256U << 10};  ///< for entry lists, of which little changes

/// Finds the ends of one stream's chunks; used by one thread. Where a chunk ends depends on the bytes since the chunk's beginning only.
class Chunker {
 public:
  virtual ~Chunker() = default;
  /// `from_start` holds the stream from the beginning of the chunk on; `scanned` says how many of its bytes an earlier call for this chunk
  /// has seen (they are not looked at again). Returns the chunk's length, or 0 if it does not end in these bytes. Never beyond the maximum.
  /// Nothing is kept between calls: what a hash needs of the bytes before `scanned` (63 of them) is read again from `from_start`. So cuts
  /// do not depend on how the bytes come, but calls with a few bytes each are slow.
  virtual std::size_t find_end(ByteView from_start, std::size_t scanned) = 0;
  /// A caller never needs to hold more bytes than this.
  virtual std::size_t max_size() const noexcept = 0;
};

/// The gear table of content-defined chunking; immutable, shared by all streams of a repository.
class GearTable;
std::shared_ptr<const GearTable> make_gear_table(const Secret& chunker_key);

/// FastCDC with normalised chunk sizes: insertions and deletions move few boundaries. Throws Error{invalid_argument} unless
/// 64 < min <= target <= max <= 1 GiB. The mean is somewhat above the target.
std::unique_ptr<Chunker> content_chunker(std::shared_ptr<const GearTable> table, ChunkSizes sizes = kStreamChunks);

}  // namespace holdfast
