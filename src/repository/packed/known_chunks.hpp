#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "repository/packed/chunk_index.hpp"

namespace holdfast {

/// The chunks that a session may refer to: those of packs that were listed at its beginning and that no mark named (W3
/// in docs/format-packed.md). Records which packs are used. Safe from many threads.
class KnownChunks {
 public:
  /// `usable` tells for each pack of the index whether it may be used.
  KnownChunks(std::shared_ptr<const ChunkIndex> index, std::vector<bool> usable)
      : index_(std::move(index)), usable_(std::move(usable)), used_(usable_.size()) {}

  /// Returns whether the chunk is stored; then counts its pack as used.
  bool use(const ChunkId& id) {
    const ChunkIndex::Range range = index_->find(id);
    for (std::uint32_t record = range.first; record < range.last; ++record) {
      const std::uint32_t pack = index_->pack_of(record);
      if (!usable_[pack]) continue;
      used_[pack].store(true, std::memory_order_relaxed);
      return true;
    }
    return false;
  }

  const ChunkIndex& index() const noexcept { return *index_; }

  /// Returns the objects of the used packs.
  std::set<std::string> used() const {
    std::set<std::string> objects;
    for (std::size_t pack = 0; pack < used_.size(); ++pack) {
      if (used_[pack]) objects.insert(pack_object(index_->packs()[pack].sha256));
    }
    return objects;
  }

 private:
  std::shared_ptr<const ChunkIndex> index_;
  std::vector<bool> usable_;
  std::vector<std::atomic<bool>> used_;
};

}  // namespace holdfast
