#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/job_queue.hpp"
#include "base/rate_limiter.hpp"
#include "holdfast/context.hpp"
#include "holdfast/transform.hpp"
#include "repository/packed/id_set.hpp"
#include "repository/packed/index_store.hpp"
#include "repository/packed/known_chunks.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

/// The chunks of a future frame.
struct FrameDraft {
  Bytes plain;
  std::vector<FrameChunk> chunks;
};

constexpr std::size_t kFrameTarget = 4U << 20;       ///< a stream's frame ends at this many plain bytes
constexpr std::size_t kFrameChunks = 16 * 1024;      ///< … or at this many chunks
constexpr std::size_t kSmallFrameTarget = 1U << 20;  ///< of frames of several streams: one read decodes it all

/// Takes the new chunks of one session. Compresses, checks and seals them on its own threads (with one job: on the
/// caller's), and puts packs and index segments. Safe from many threads, except finish(). Without finish(), no backup
/// refers to the chunks.
class ChunkStore {
 public:
  struct Settings {
    std::optional<int> level = 1;  ///< of zstd; none = no compression
    DecodeCheck check = DecodeCheck::on;
  };
  ChunkStore(std::shared_ptr<const PackedPlace> place, std::shared_ptr<KnownChunks> known, Settings settings, Context& context);
  ChunkStore(const ChunkStore&) = delete;
  ChunkStore& operator=(const ChunkStore&) = delete;

  ChunkId id_of(ByteView chunk) const;
  /// Returns whether the caller must put this chunk: it is not stored yet, and no other caller was told to put it.
  bool claim(const ChunkId& id);

  FrameDraft new_draft();
  /// Blocks while the queue is full. Throws the error that stopped the workers, Error{cancelled}.
  void put(FrameDraft draft);
  /// Like put, for few bytes: they share frames with others.
  enum class Small { data, list };
  void put_small(Small kind, const FrameDraft& draft);
  /// Returns the id of a list chunk. Stores it if it is new.
  ChunkId put_list(ByteView list);

  /// Waits until everything is stored and in the index.
  void finish();
  std::uint64_t stored_bytes() const noexcept { return stored_bytes_; }
  /// Returns the objects of the packs that this session put, if the storage locks objects. Call it after finish().
  std::vector<std::string> locked_packs() const;

 private:
  std::shared_ptr<FrameSealer> new_sealer() const;
  void seal(FrameSealer& sealer, FrameDraft& draft);
  void put_pack(PackBuilder builder);

  std::shared_ptr<const PackedPlace> place_;
  std::shared_ptr<KnownChunks> known_;
  const Settings settings_;
  Context& context_;
  const std::shared_ptr<RateLimiter> limiter_;

  std::mutex claim_mutex_;
  IdSet claimed_;

  std::mutex small_mutex_;
  FrameDraft small_[2];

  std::mutex spare_mutex_;
  std::vector<Bytes> spare_;  // memory of frames that are done

  std::mutex seal_mutex_;
  std::shared_ptr<FrameSealer> own_sealer_;  // if there is no queue

  std::mutex pack_mutex_;
  std::optional<PackBuilder> pack_;
  Bytes spare_pack_;  // memory of a finished pack
  std::mutex segment_mutex_;
  SegmentWriter segments_;
  std::vector<Hash> locked_packs_;
  std::atomic<std::uint64_t> stored_bytes_{0};

  std::optional<JobQueue<FrameDraft>> queue_;  // last: its threads use all of the above
};

}  // namespace holdfast
