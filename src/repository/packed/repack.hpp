#pragma once

#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "repository/packed/chunk_store.hpp"
#include "repository/packed/frame.hpp"
#include "repository/packed/live_chunks.hpp"

namespace holdfast {

/// Gives live chunks that have no home but packs which are to go a new one. One thread.
class Repacker {
 public:
  /// `is_home` says whether a pack is there and to stay.
  Repacker(std::shared_ptr<const PackedPlace> place, const LiveChunks& live,
           const std::function<bool(const ChunkIndex::PackEntry&)>& is_home, Context& context);

  /// Whether something has to be taken out of a pack before that may go.
  bool is_needed(const Hash& pack) const { return sources_.contains(pack); }
  /// Takes what is needed out of one pack that is to go.
  void move_out_of(const Hash& pack);
  /// Waits until all is durable and in the index; how many chunks were copied.
  std::uint64_t finish();
  /// Packs that hold something needed and can't be read.
  const std::set<Hash>& unreadable() const noexcept { return unreadable_; }

 private:
  void copy(const Frame& frame, ByteView stored, std::uint32_t generation, const std::string& object);
  bool is_homeless(const ChunkId& id) const;

  std::shared_ptr<const PackedPlace> place_;
  const LiveChunks& live_;
  Context& context_;
  std::vector<bool> homeless_;  // by the first record of an id
  std::set<Hash> sources_;      // packs that hold such chunks
  std::unique_ptr<ChunkStore> store_;
  FrameDraft frame_;
  FrameOpener opener_;
  Bytes opened_;  // memory of the frame that is copied from
  std::set<Hash> unreadable_;
  std::uint64_t copied_ = 0;
};

}  // namespace holdfast
