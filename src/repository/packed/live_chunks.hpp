#pragma once

#include <memory>
#include <set>
#include <vector>

#include "repository/packed/backups.hpp"
#include "repository/packed/chunk_index.hpp"

namespace holdfast {

/// Which chunks of an index some backup refers to: one bit for each record, of which the first of an id counts.
class LiveChunks {
 public:
  explicit LiveChunks(std::shared_ptr<const ChunkIndex> index) : index_(std::move(index)), live_(index_->size()) {}

  /// Adds all chunks of a backup. Throws Error{corrupt} if one is not in the index or a list can't be read.
  void add(const PackedPlace& place, const BackupId& id, const std::shared_ptr<ChunkReader>& chunks, const Context& context);

  const ChunkIndex& index() const noexcept { return *index_; }
  /// Calls `visit(range)` with all places of each live chunk, in the order of ids.
  template <typename Visit>
  void each(const Visit& visit) const {
    for (std::uint32_t record = 0; record < live_.size(); ++record) {
      if (live_[record]) visit(index_->find(index_->id(record)));
    }
  }

 private:
  std::shared_ptr<const ChunkIndex> index_;
  std::vector<bool> live_;
};

}  // namespace holdfast
