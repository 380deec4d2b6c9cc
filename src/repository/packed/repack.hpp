#pragma once

#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "repository/packed/chunk_store.hpp"
#include "repository/packed/frame.hpp"
#include "repository/packed/live_chunks.hpp"

namespace holdfast {

/// Copies live chunks that are only in packs due for removal into new packs. One thread.
class Repacker {
 public:
  /// `is_home` tells whether a pack exists and stays.
  Repacker(std::shared_ptr<const PackedPlace> place, const LiveChunks& live,
           const std::function<bool(const ChunkIndex::PackEntry&)>& is_home, Context& context);

  /// Returns whether chunks must be copied from a pack before it can be removed.
  bool is_needed(const Hash& pack) const { return sources_.contains(pack); }
  /// Copies the needed chunks of one pack that is due for removal.
  void move_out_of(const Hash& pack);
  /// Waits until everything is durable and in the index. Returns the number of copied chunks.
  std::uint64_t finish();
  /// Returns the packs that hold needed chunks and cannot be read.
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
  Bytes opened_;  // memory of the frame that is being copied
  std::set<Hash> unreadable_;
  std::uint64_t copied_ = 0;
};

}  // namespace holdfast
