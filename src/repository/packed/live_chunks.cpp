#include "repository/packed/live_chunks.hpp"

#include "base/hex.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

void LiveChunks::add(const ScannedBackup& backup, const std::shared_ptr<ChunkReader>& chunks, const Context& context) {
  walk_chunks(backup, chunks, context, [&](const ChunkId& chunk) {
    const ChunkIndex::Range range = index_->find(chunk);
    if (range.empty()) throw_not_named(backup.id, chunk);
    // If a list was seen before, its chunks were seen, too.
    const bool is_new = !live_[range.first];
    live_[range.first] = true;
    return is_new;
  });
}

void throw_not_named(const BackupId& id, const ChunkId& chunk) {
  throw Error(ErrorCode::corrupt, backup_object(id) + ": refers to chunk " + to_hex(chunk.bytes).substr(0, 16) +
                                      ", which the index does not name: repair the index");
}

}  // namespace holdfast
