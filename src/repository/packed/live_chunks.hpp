#pragma once

#include <memory>
#include <set>
#include <vector>

#include "repository/packed/chunk_index.hpp"
#include "repository/packed/scan.hpp"

namespace holdfast {

/// The chunks of an index that a backup refers to: one bit per record; the first record of an id counts.
class LiveChunks {
 public:
  explicit LiveChunks(std::shared_ptr<const ChunkIndex> index) : index_(std::move(index)), live_(index_->size()) {}

  /// Adds all chunks of a backup. Throws the error that prevented reading it, and Error{corrupt} if a chunk is not in
  /// the index or a list cannot be read. After an error, start again without that backup: its lists count as seen, so
  /// their chunks would not be checked for other backups.
  void add(const ScannedBackup& backup, const std::shared_ptr<ChunkReader>& chunks, const Context& context);

  const ChunkIndex& index() const noexcept { return *index_; }
  /// Calls `visit(range)` with all places of each live chunk, in order of ids.
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

/// Throws Error{corrupt}: the backup refers to a chunk that no index segment names.
[[noreturn]] void throw_not_named(const BackupId& id, const ChunkId& chunk);

}  // namespace holdfast
