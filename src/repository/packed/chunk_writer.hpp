#pragma once

#include <memory>

#include "repository/packed/chunk_store.hpp"
#include "repository/packed/chunker.hpp"
#include "repository/packed/tree.hpp"

namespace holdfast {

/// Cuts one stream into chunks and hands the new ones to the store. One thread at a time.
class ChunkWriter {
 public:
  ChunkWriter(ChunkStore& store, std::unique_ptr<Chunker> chunker);
  void write(ByteView data);
  /// Ends the chunk that is not complete yet.
  void cut_here();
  /// Ends the stream.
  Tree finish();

 private:
  void cut();
  void end_chunk(std::size_t size);
  void end_frame();

  ChunkStore& store_;
  std::unique_ptr<Chunker> chunker_;
  TreeBuilder tree_;
  FrameDraft frame_;         // new chunks, and behind them the chunk that is not complete yet
  std::size_t start_ = 0;    // of that chunk, in frame_.plain
  std::size_t scanned_ = 0;  // bytes of it that the chunker has seen
};

}  // namespace holdfast
