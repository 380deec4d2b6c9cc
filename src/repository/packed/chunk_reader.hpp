#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "base/pool.hpp"
#include "repository/packed/frame.hpp"
#include "repository/packed/index_store.hpp"
#include "repository/packed/packed_place.hpp"
#include "repository/packed/tree.hpp"

namespace holdfast {

/// Reads chunks by id; every id is computed again from what was read. Keeps the frames read last. Safe from many threads.
class ChunkReader {
 public:
  ChunkReader(std::shared_ptr<const PackedPlace> place, std::shared_ptr<const IndexCache> index);

  /// The plain bytes of a chunk; holds its frame.
  struct Chunk {
    std::shared_ptr<const Bytes> memory;
    ByteView bytes;
  };
  /// Tries every place the chunk is at, with a newer index if need be. Throws Error{corrupt} naming the pack that is damaged or missing.
  Chunk read(const ChunkRef& ref);
  /// The same for a list chunk, whose size only it knows.
  Bytes read_list_chunk(const ChunkId& id);

 private:
  struct Cached {
    Hash pack;
    std::uint32_t offset;
    Chunk frame;
  };
  struct Opening {
    FrameOpener opener;
    Bytes stored;
  };
  template <typename Pick>
  Chunk read_any(const ChunkId& id, const Pick& pick);
  template <typename Pick>
  Chunk read_at(const ChunkIndex& index, std::uint32_t record, const ChunkId& id, const Pick& pick);
  Chunk frame(const ChunkIndex::PackEntry& pack, const ChunkIndex::Home& home);

  std::shared_ptr<const PackedPlace> place_;
  std::shared_ptr<const IndexCache> index_;
  std::mutex mutex_;
  std::list<Cached> cached_;  // the one used last comes first
  Pool<Opening> openings_;
  Pool<Bytes> memory_;  // of frames
};

/// The plain bytes of a stream, with its hash and size checked at the end. Without a content hash the ids of the
/// chunks have to do. `shown` is what errors call it.
std::unique_ptr<Reader> read_tree(std::shared_ptr<ChunkReader> chunks, const Tree& tree, std::string content_hash, std::string shown);

}  // namespace holdfast
