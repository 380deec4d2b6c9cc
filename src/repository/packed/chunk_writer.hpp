#pragma once

#include <memory>

#include "repository/packed/chunk_store.hpp"
#include "repository/packed/chunker.hpp"
#include "repository/packed/tree.hpp"

namespace holdfast {

/// Cuts one stream into chunks and gives the new ones to the store. One thread at a time.
class ChunkWriter {
 public:
  ChunkWriter(ChunkStore& store, std::unique_ptr<Chunker> chunker);
  void write(ByteView data);
  /// Ends the current chunk.
  void cut_here();
  /// Ends the stream and returns its tree.
  Tree finish();

 private:
  void cut();
  void end_chunk(std::size_t size);
  void end_frame();

  ChunkStore& store_;
  std::unique_ptr<Chunker> chunker_;
  TreeBuilder tree_;
  FrameDraft frame_;         // new chunks, followed by the incomplete one
  std::size_t start_ = 0;    // offset of the incomplete chunk in frame_.plain
  std::size_t scanned_ = 0;  // bytes of it that the chunker has scanned
};

}  // namespace holdfast
