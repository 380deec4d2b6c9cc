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

/// Reads chunks by id. Caches the latest frames. Safe from many threads.
class ChunkReader {
 public:
  ChunkReader(std::shared_ptr<const PackedPlace> place, std::shared_ptr<const IndexCache> index);

  /// The plain bytes of a chunk. Keeps its frame in memory.
  struct Chunk {
    std::shared_ptr<const Bytes> memory;
    ByteView bytes;
  };
  /// Whether the id is computed again from the bytes. A frame is authenticated in any case.
  enum class Check {
    id,
    frame  ///< for a caller that compares a hash of what the chunks make up: the id would cost more than all else
  };
  /// Tries every place of the chunk, with a newer index if necessary. Throws Error{corrupt} that names the damaged or
  /// missing pack.
  Chunk read(const ChunkRef& ref, Check check = Check::id);
  /// Like read, for a list chunk: only the chunk itself tells its size.
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
  Chunk read_any(const ChunkId& id, Check check, const Pick& pick);
  template <typename Pick>
  Chunk read_at(const ChunkIndex& index, std::uint32_t record, const ChunkId& id, Check check, const Pick& pick);
  Chunk frame(const ChunkIndex::PackEntry& pack, const ChunkIndex::Home& home);

  std::shared_ptr<const PackedPlace> place_;
  std::shared_ptr<const IndexCache> index_;
  std::mutex mutex_;
  std::list<Cached> cached_;  // most recently used first
  Pool<Opening> openings_;
  Pool<Bytes> memory_;  // for frames
};

/// Returns a reader of a stream's plain bytes that checks hash and size at the end. Without a content hash, the ids of
/// the chunks are the check. Errors call the stream `shown`.
std::unique_ptr<Reader> read_tree(std::shared_ptr<ChunkReader> chunks, const Tree& tree, std::string content_hash, std::string shown);

}  // namespace holdfast
