#include "repository/packed/chunk_store.hpp"

#include "base/digest.hpp"
#include "holdfast/error.hpp"
#include "holdfast/locks.hpp"
#include "repository/object_access.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kSpareFrames = 8;

}  // namespace

ChunkStore::ChunkStore(std::shared_ptr<const PackedPlace> place, std::shared_ptr<KnownChunks> known, Settings settings, Context& context)
    : place_(std::move(place)),
      known_(std::move(known)),
      settings_(settings),
      context_(context),
      limiter_(rate_limiter(context.limits.bandwidth_bytes_per_second, context.stop)),
      segments_(*place_, *context.host.random) {
  // The streams that are written are threads of the caller's; these do the rest.
  const unsigned count = context.jobs() - 1;
  if (count == 0) {
    own_sealer_ = new_sealer();
    return;
  }
  queue_.emplace(count, context.stop, [this]() -> JobQueue<FrameDraft>::Worker {
    return [this, sealer = new_sealer()](FrameDraft& draft, const std::stop_token&) { seal(*sealer, draft); };
  });
}

std::shared_ptr<FrameSealer> ChunkStore::new_sealer() const {
  return std::make_shared<FrameSealer>(place_->ring(), settings_.level, settings_.check, *context_.host.random);
}

ChunkId ChunkStore::id_of(ByteView chunk) const {
  ChunkId id;
  id.bytes = to_hash(hmac_sha256(place_->ring().id_key().bytes(), chunk));
  return id;
}

bool ChunkStore::claim(const ChunkId& id) {
  if (known_->use(id)) return false;
  const std::lock_guard lock(claim_mutex_);
  return claimed_.insert(id);
}

FrameDraft ChunkStore::new_draft() {
  FrameDraft draft;
  const std::lock_guard lock(spare_mutex_);
  if (!spare_.empty()) {
    draft.plain = std::move(spare_.back());
    draft.plain.clear();
    spare_.pop_back();
  } else {
    draft.plain.reserve(kMaxFrame);
  }
  return draft;
}

void ChunkStore::put(FrameDraft draft) {
  if (draft.chunks.empty()) return;
  if (queue_) return queue_->submit(std::move(draft));
  const std::lock_guard lock(seal_mutex_);
  seal(*own_sealer_, draft);
}

void ChunkStore::put_small(Small kind, const FrameDraft& draft) {
  if (draft.chunks.empty()) return;
  FrameDraft full;
  {
    const std::lock_guard lock(small_mutex_);
    FrameDraft& shared = small_[static_cast<int>(kind)];
    shared.plain.insert(shared.plain.end(), draft.plain.begin(), draft.plain.end());
    shared.chunks.insert(shared.chunks.end(), draft.chunks.begin(), draft.chunks.end());
    if (shared.plain.size() < kSmallFrameTarget && shared.chunks.size() < kFrameChunks) return;
    std::swap(full, shared);
  }
  put(std::move(full));
}

ChunkId ChunkStore::put_list(ByteView list) {
  const ChunkId id = id_of(list);
  if (claim(id)) put_small(Small::list, {Bytes(list.begin(), list.end()), {{id, static_cast<std::uint32_t>(list.size())}}});
  return id;
}

void ChunkStore::seal(FrameSealer& sealer, FrameDraft& draft) {
  const FrameSealer::Sealed sealed = sealer.seal(draft.plain);
  std::optional<PackBuilder> full;
  {
    const std::lock_guard lock(pack_mutex_);
    if (!pack_) pack_.emplace(place_->ring(), std::exchange(spare_pack_, {}));
    pack_->add(sealed, static_cast<std::uint32_t>(draft.plain.size()), std::move(draft.chunks));
    if (pack_->full()) full.swap(pack_);
  }
  {
    const std::lock_guard lock(spare_mutex_);
    if (spare_.size() < kSpareFrames && draft.plain.capacity() >= kMaxFrame) spare_.push_back(std::move(draft.plain));
  }
  if (full) put_pack(std::move(*full));
}

void ChunkStore::put_pack(PackBuilder builder) {
  PackBuilder::Finished done = builder.finish(*context_.host.random);
  if (limiter_) limiter_->take(done.bytes.size());
  const std::string object = pack_object(done.pack.sha256);
  if (put_object(place_->storage(), object, done.bytes) != PutResult::created) {
    throw Error(ErrorCode::corrupt, object + ": exists already with other bytes");
  }
  stored_bytes_ += done.bytes.size();
  context_.add_progress(0, done.bytes.size());
  {
    const std::lock_guard lock(pack_mutex_);
    spare_pack_ = std::move(done.bytes);
  }
  const std::lock_guard lock(segment_mutex_);
  if (locks_objects(place_->storage())) locked_packs_.push_back(done.pack.sha256);
  segments_.add(std::move(done.pack));
}

std::vector<std::string> ChunkStore::locked_packs() const {
  std::vector<std::string> objects;
  objects.reserve(locked_packs_.size());
  for (const Hash& pack : locked_packs_) objects.push_back(pack_object(pack));
  return objects;
}

void ChunkStore::finish() {
  for (FrameDraft& small : small_) put(std::exchange(small, {}));
  if (queue_) queue_->finish();
  if (pack_ && !pack_->empty()) put_pack(std::move(*pack_));
  pack_.reset();
  stored_bytes_ += segments_.finish();
}

}  // namespace holdfast
