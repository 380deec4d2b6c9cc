#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/growing_array.hpp"
#include "repository/packed/id_set.hpp"
#include "repository/packed/pack.hpp"

namespace holdfast {

/// The places of all chunks: 40 bytes of memory per chunk, 16 per frame, 48 per pack. One thread fills and finishes it;
/// from then on it is immutable and safe from any thread.
class ChunkIndex {
 public:
  struct PackEntry {
    Hash sha256{};
    std::uint32_t bytes = 0;
    std::uint32_t generation = 0;
    std::uint32_t chunks = 0;
  };
  /// One place of a chunk.
  struct Home {
    std::uint32_t pack = 0;      ///< number of the pack
    Frame frame;                 ///< without its chunks
    std::uint32_t in_frame = 0;  ///< offset of the chunk in the frame's plain bytes
  };
  /// Records of one chunk id, [first, last) of size().
  struct Range {
    std::uint32_t first = 0, last = 0;
    bool empty() const noexcept { return first == last; }
  };

  /// An index segment that was added to the index.
  struct Segment {
    std::string object;
    std::uint32_t first = 0, last = 0;  ///< packs that it named first
    std::vector<Hash> others;           ///< packs that were named before
  };

  /// Adds a pack; ignores one that is already there. Throws Error{limit} above 2^32-1 chunks. Returns whether it was
  /// new.
  bool add(const Pack& pack);
  void add_segment(const std::string& object, const std::vector<Pack>& packs);
  void finish();

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(records_.size()); }
  const std::vector<PackEntry>& packs() const noexcept { return packs_; }
  const std::vector<Segment>& segments() const noexcept { return segments_; }

  /// Returns all places of a chunk, in no particular order.
  Range find(const ChunkId& id) const;
  std::uint32_t pack_of(std::uint32_t record) const { return frames_[records_[record].frame].pack; }
  Home home(std::uint32_t record) const;
  const ChunkId& id(std::uint32_t record) const { return records_[record].id; }

 private:
  struct Record {
    ChunkId id;
    std::uint32_t frame;
    std::uint32_t in_frame;
  };
  struct FrameRecord {
    std::uint32_t pack;
    std::uint32_t offset;
    std::uint32_t stored_bytes;
    std::uint32_t plain_bytes : 31;
    std::uint32_t compressed : 1;
  };

  GrowingArray<Record> records_;  // by id once finished
  std::vector<FrameRecord> frames_;
  std::vector<PackEntry> packs_;
  IdSet names_;  // of the packs; used only during filling
  std::vector<Segment> segments_;
};

}  // namespace holdfast
