#include "repository/packed/chunk_store.hpp"

#include <system_error>

#include "base/digest.hpp"
#include "holdfast/error.hpp"
#include "holdfast/locks.hpp"
#include "io/discard.hpp"
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
      throttle_(context.limits.bandwidth_bytes_per_second == 0 ? nullptr
                                                               : throttle(context.limits.bandwidth_bytes_per_second, context.stop)),
      segments_(*place_, *context.random) {
  // The streams that are written are threads of the caller's; these do the rest.
  const unsigned count = context.jobs() - 1;
  if (count == 0) own_sealer_.emplace(place_->ring(), settings_.level, settings_.check, *context_.random);
  try {
    for (unsigned worker = 0; worker < count; ++worker) workers_.emplace_back([this] { work(); });
  } catch (const std::system_error& error) {
    if (!workers_.empty()) return;  // fewer do it slower
    throw Error(ErrorCode::limit, std::string("can't start a thread: ") + error.what());
  }
}

ChunkStore::~ChunkStore() {
  {
    const std::lock_guard lock(queue_mutex_);
    queue_.clear();
  }
  stop();
}

void ChunkStore::stop() noexcept {
  {
    const std::lock_guard lock(queue_mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  workers_.clear();
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
  const std::lock_guard lock(queue_mutex_);
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
  if (own_sealer_) {
    const std::lock_guard lock(seal_mutex_);
    return seal(*own_sealer_, std::move(draft));
  }
  std::unique_lock lock(queue_mutex_);
  changed_.wait(lock, context_.stop, [this] { return error_ || queue_.size() < workers_.size() + 1; });
  if (error_) std::rethrow_exception(error_);
  context_.check();
  queue_.push_back(std::move(draft));
  lock.unlock();
  changed_.notify_all();
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

void ChunkStore::work() {
  try {
    FrameSealer sealer(place_->ring(), settings_.level, settings_.check, *context_.random);
    for (;;) {
      std::unique_lock lock(queue_mutex_);
      changed_.wait(lock, [this] { return ending_ || error_ || !queue_.empty(); });
      if (error_ || queue_.empty()) return;
      FrameDraft draft = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      changed_.notify_all();
      context_.check();
      seal(sealer, std::move(draft));
    }
  } catch (...) {
    fail(std::current_exception());
  }
}

void ChunkStore::seal(FrameSealer& sealer, FrameDraft draft) {
  const FrameSealer::Sealed sealed = sealer.seal(draft.plain);
  std::optional<PackBuilder> full;
  {
    const std::lock_guard lock(pack_mutex_);
    if (!pack_) pack_.emplace(place_->ring(), std::exchange(spare_pack_, {}));
    pack_->add(sealed, static_cast<std::uint32_t>(draft.plain.size()), std::move(draft.chunks));
    if (pack_->full()) full.swap(pack_);
  }
  {
    const std::lock_guard lock(queue_mutex_);
    if (spare_.size() < kSpareFrames && draft.plain.capacity() >= kMaxFrame) spare_.push_back(std::move(draft.plain));
  }
  if (full) put_pack(std::move(*full));
}

void ChunkStore::put_pack(PackBuilder builder) {
  PackBuilder::Finished done = builder.finish(*context_.random);
  if (throttle_) throttle_->encode(std::make_unique<DiscardWriter>())->write(done.bytes);
  const std::string object = pack_object(done.pack.sha256);
  if (put_object(place_->storage(), object, done.bytes) != PutResult::created) {
    throw Error(ErrorCode::corrupt, object + ": is there already with other bytes");
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

void ChunkStore::fail(std::exception_ptr error) noexcept {
  {
    const std::lock_guard lock(queue_mutex_);
    if (!error_) error_ = std::move(error);
  }
  changed_.notify_all();
}

void ChunkStore::finish() {
  for (FrameDraft& small : small_) put(std::exchange(small, {}));
  stop();
  if (error_) std::rethrow_exception(error_);
  if (pack_ && !pack_->empty()) put_pack(std::move(*pack_));
  pack_.reset();
  stored_bytes_ += segments_.finish();
}

}  // namespace holdfast
