#include "repository/packed/chunk_index.hpp"

#include <algorithm>
#include <limits>

#include "holdfast/error.hpp"

namespace holdfast {

bool ChunkIndex::add(const Pack& pack) {
  if (!names_.insert(ChunkId{pack.sha256})) return false;
  const auto number = static_cast<std::uint32_t>(packs_.size());
  packs_.push_back({.sha256 = pack.sha256, .bytes = pack.bytes, .generation = pack.generation});
  for (const Frame& frame : pack.table) {
    const auto frame_number = static_cast<std::uint32_t>(frames_.size());
    frames_.push_back({.pack = number,
                       .offset = frame.offset,
                       .stored_bytes = frame.stored_bytes,
                       .plain_bytes = frame.plain_bytes & 0x7fffffffU,
                       .compressed = frame.codec == Codec::zstd ? 1U : 0U});
    std::uint32_t in_frame = 0;
    for (const FrameChunk& chunk : frame.chunks) {
      records_.push_back({chunk.id, frame_number, in_frame});
      in_frame += chunk.bytes;
    }
    packs_.back().chunks += static_cast<std::uint32_t>(frame.chunks.size());
  }
  if (records_.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorCode::limit, "the repository has more than 2^32 chunks: divide it into several");
  }
  return true;
}

void ChunkIndex::add_segment(const std::string& object, const std::vector<Pack>& packs) {
  Segment segment{.object = object, .first = static_cast<std::uint32_t>(packs_.size())};
  for (const Pack& pack : packs) {
    if (!add(pack)) segment.others.push_back(pack.sha256);
  }
  segment.last = static_cast<std::uint32_t>(packs_.size());
  segments_.push_back(std::move(segment));
}

void ChunkIndex::finish() {
  std::sort(records_.begin(), records_.end(), [](const Record& a, const Record& b) { return a.id < b.id; });
  records_.shrink();
  frames_.shrink_to_fit();
  packs_.shrink_to_fit();
  names_ = {};
}

ChunkIndex::Range ChunkIndex::find(const ChunkId& id) const {
  const auto first = std::lower_bound(records_.begin(), records_.end(), id,
                                      [](const Record& record, const ChunkId& wanted) { return record.id < wanted; });
  auto last = first;
  while (last != records_.end() && last->id == id) ++last;
  return {static_cast<std::uint32_t>(first - records_.begin()), static_cast<std::uint32_t>(last - records_.begin())};
}

ChunkIndex::Home ChunkIndex::home(std::uint32_t record) const {
  const Record& found = records_[record];
  const FrameRecord& frame = frames_[found.frame];
  return {.pack = frame.pack,
          .frame = {.offset = frame.offset,
                    .stored_bytes = frame.stored_bytes,
                    .plain_bytes = frame.plain_bytes,
                    .codec = frame.compressed != 0 ? Codec::zstd : Codec::raw,
                    .chunks = {}},
          .in_frame = found.in_frame};
}

}  // namespace holdfast
