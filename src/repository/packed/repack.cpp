#include "repository/packed/repack.hpp"

#include "holdfast/error.hpp"
#include "repository/object_access.hpp"

namespace holdfast {

Repacker::Repacker(std::shared_ptr<const PackedPlace> place, const LiveChunks& live,
                   const std::function<bool(const ChunkIndex::PackEntry&)>& is_home, Context& context)
    : place_(std::move(place)), live_(live), context_(context), homeless_(live.index().size()) {
  const ChunkIndex& index = live_.index();
  std::vector<bool> home;
  for (const ChunkIndex::PackEntry& pack : index.packs()) home.push_back(is_home(pack));
  live_.each([&](ChunkIndex::Range range) {
    for (std::uint32_t record = range.first; record < range.last; ++record) {
      if (home[index.pack_of(record)]) return;
    }
    homeless_[range.first] = true;
    for (std::uint32_t record = range.first; record < range.last; ++record) sources_.insert(index.packs()[index.pack_of(record)].sha256);
  });
}

bool Repacker::is_homeless(const ChunkId& id) const {
  const ChunkIndex::Range range = live_.index().find(id);
  return !range.empty() && homeless_[range.first];
}

void Repacker::move_out_of(const Hash& name) {
  if (!is_needed(name)) return;
  if (!store_) {
    auto nothing_known = std::make_shared<KnownChunks>(std::make_shared<const ChunkIndex>(), std::vector<bool>());
    store_ = std::make_unique<ChunkStore>(place_, std::move(nothing_known), ChunkStore::Settings{}, context_);
    frame_ = store_->new_draft();
  }
  const std::string object = pack_object(name);
  try {
    const Bytes bytes = get_object(place_->storage(), object, kMaxPack);
    const Pack pack = open_pack(place_->ring_for(pack_generation(bytes)), bytes, object);
    for (const Frame& frame : pack.table) {
      context_.check();
      copy(frame, ByteView(bytes).subspan(frame.offset, frame.stored_bytes), pack.generation, object);
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return;  // another collector moved the needed chunks and removed the pack
    if (!is_unreadable(error)) throw;
    context_.warn("a damaged pack stays, because a backup needs it: " + error.message(), object);
    unreadable_.insert(name);
  }
}

void Repacker::copy(const Frame& frame, ByteView stored, std::uint32_t generation, const std::string& object) {
  ByteView plain;
  std::size_t at = 0;
  for (const FrameChunk& chunk : frame.chunks) {
    if (is_homeless(chunk.id)) {
      if (plain.empty()) plain = opener_.open(place_->ring_for(generation), generation, frame, stored, object, opened_);
      const ByteView found = plain.subspan(at, chunk.bytes);
      if (store_->id_of(found) != chunk.id) throw Error(ErrorCode::corrupt, object + ": is damaged: a chunk is not what its id says");
      frame_.plain.insert(frame_.plain.end(), found.begin(), found.end());
      frame_.chunks.push_back(chunk);
      homeless_[live_.index().find(chunk.id).first] = false;
      ++copied_;
      if (frame_.plain.size() >= kFrameTarget || frame_.chunks.size() >= kFrameChunks)
        store_->put(std::exchange(frame_, store_->new_draft()));
    }
    at += chunk.bytes;
  }
}

std::uint64_t Repacker::finish() {
  if (store_) {
    store_->put(std::move(frame_));
    store_->finish();
  }
  return copied_;
}

}  // namespace holdfast
