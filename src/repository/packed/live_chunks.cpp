#include "repository/packed/live_chunks.hpp"

#include "base/hex.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

void LiveChunks::add(const PackedPlace& place, const BackupId& id, const std::shared_ptr<ChunkReader>& chunks, const Context& context) {
  walk_chunks(read_record(place, id).record, chunks, context, [&](const ChunkId& chunk) {
    const ChunkIndex::Range range = index_->find(chunk);
    if (range.empty()) {
      throw Error(ErrorCode::corrupt, backup_object(id) + ": refers to chunk " + to_hex(chunk.bytes).substr(0, 16) +
                                          ", which the index does not name: repair the index");
    }
    // What a list names that was seen before was seen, too.
    const bool is_new = !live_[range.first];
    live_[range.first] = true;
    return is_new;
  });
}

}  // namespace holdfast
