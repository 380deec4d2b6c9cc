#include "repository/packed/chunk_reader.hpp"

#include <algorithm>
#include <optional>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/xxh3.hpp"
#include "holdfast/error.hpp"
#include "repository/object_access.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kCachedFrames = 16;

std::string shown(const ChunkId& id) { return "chunk " + to_hex(id.bytes).substr(0, 16); }

bool is_damage(const Error& error) { return is_unreadable(error) || error.code() == ErrorCode::not_found; }

class TreeReader final : public Reader {
 public:
  TreeReader(std::shared_ptr<ChunkReader> chunks, const Tree& tree, std::string content_hash, std::string name)
      : chunks_(std::move(chunks)),
        walk_(
            tree, [reader = chunks_](const ChunkId& id) { return reader->read_list_chunk(id); }, name),
        bytes_(tree.bytes),
        content_hash_(std::move(content_hash)),
        name_(std::move(name)) {}

  std::size_t read(std::span<std::byte> out) override {
    if (out.empty() || ended_) return 0;
    if (current_.bytes.empty() && !advance()) {
      finish();
      return 0;
    }
    const std::size_t size = std::min(out.size(), current_.bytes.size());
    std::copy_n(current_.bytes.begin(), size, out.begin());
    current_.bytes = current_.bytes.subspan(size);
    hash_.update(out.first(size));
    seen_ += size;
    return size;
  }

 private:
  bool advance() {
    TreeWalk::Step step;
    do {
      if (!walk_.next(step)) return false;
    } while (step.list);
    current_ = chunks_->read(step.ref, content_hash_.empty() ? ChunkReader::Check::id : ChunkReader::Check::frame);
    return true;
  }

  void finish() {
    ended_ = true;
    if (seen_ != bytes_ || (!content_hash_.empty() && to_hex(hash_.finish()) != content_hash_)) {
      throw Error(ErrorCode::corrupt, name_ + ": does not hold what was written: the content hash does not match");
    }
  }

  std::shared_ptr<ChunkReader> chunks_;
  TreeWalk walk_;
  std::uint64_t bytes_, seen_ = 0;
  std::string content_hash_, name_;
  ChunkReader::Chunk current_;
  Xxh3 hash_;
  bool ended_ = false;
};

}  // namespace

ChunkReader::ChunkReader(std::shared_ptr<const PackedPlace> place, std::shared_ptr<const IndexCache> index)
    : place_(std::move(place)), index_(std::move(index)) {}

ChunkReader::Chunk ChunkReader::frame(const ChunkIndex::PackEntry& pack, const ChunkIndex::Home& home) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(cached_.begin(), cached_.end(),
                                    [&](const Cached& cached) { return cached.offset == home.frame.offset && cached.pack == pack.sha256; });
    if (found != cached_.end()) {
      cached_.splice(cached_.begin(), cached_, found);
      return found->frame;
    }
  }
  const std::string object = pack_object(pack.sha256);
  const auto reader = place_->storage().open_reader(object, home.frame.offset, home.frame.stored_bytes);
  const std::shared_ptr<Opening> opening = openings_.take();
  const std::shared_ptr<Bytes> memory = memory_.take();
  if (opening->stored.size() < home.frame.stored_bytes) opening->stored.resize(home.frame.stored_bytes);
  const std::span<std::byte> room = std::span(opening->stored).first(home.frame.stored_bytes);
  const ByteView stored = room.first(read_all(*reader, room));
  Chunk plain{memory, opening->opener.open(place_->ring_for(pack.generation), pack.generation, home.frame, stored, object, *memory)};
  const std::lock_guard lock(mutex_);
  cached_.push_front({pack.sha256, home.frame.offset, plain});
  if (cached_.size() > kCachedFrames) cached_.pop_back();
  return plain;
}

// `pick` gets the bytes of the frame from the chunk's beginning on, and returns how many of them are the chunk's.
template <typename Pick>
ChunkReader::Chunk ChunkReader::read_at(const ChunkIndex& index, std::uint32_t record, const ChunkId& id, Check check, const Pick& pick) {
  const ChunkIndex::Home home = index.home(record);
  const ChunkIndex::PackEntry& pack = index.packs()[home.pack];
  Chunk chunk = frame(pack, home);
  const ByteView rest = chunk.bytes.subspan(std::min<std::size_t>(home.in_frame, chunk.bytes.size()));
  chunk.bytes = rest.first(std::min<std::size_t>(pick(rest), rest.size()));
  if (check == Check::id && to_hash(hmac_sha256(place_->ring().id_key().bytes(), chunk.bytes)) != id.bytes) {
    throw Error(ErrorCode::corrupt, pack_object(pack.sha256) + ": is damaged: " + shown(id) + " is not what its id says");
  }
  return chunk;
}

template <typename Pick>
ChunkReader::Chunk ChunkReader::read_any(const ChunkId& id, Check check, const Pick& pick) {
  std::optional<Error> first;
  std::shared_ptr<const ChunkIndex> index = index_->get();
  // If a chunk is not found, searches again with a new index, because garbage collection moves packs, and then without
  // trusting segments.
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (attempt != 0) index = attempt == 1 ? index_->newer(index) : index_->complete();
    const ChunkIndex::Range range = index->find(id);
    for (std::uint32_t record = range.first; record < range.last; ++record) {
      try {
        return read_at(*index, record, id, check, pick);
      } catch (const Error& error) {
        if (!is_damage(error)) throw;
        const std::string object = pack_object(index->packs()[index->pack_of(record)].sha256);
        const bool gone = error.code() == ErrorCode::not_found;
        if (!first || !gone) first = gone ? Error(ErrorCode::corrupt, object + ": is missing") : error;
        if (!gone) attempt = 3;  // the pack exists, and no other index repairs it
      }
    }
  }
  if (first) throw *first;
  throw Error(ErrorCode::corrupt, shown(id) + " is missing: no pack holds it");
}

ChunkReader::Chunk ChunkReader::read(const ChunkRef& ref, Check check) {
  return read_any(ref.id, check, [&ref](ByteView) { return static_cast<std::size_t>(ref.bytes); });
}

Bytes ChunkReader::read_list_chunk(const ChunkId& id) {
  const Chunk chunk = read_any(id, Check::id, [&id](ByteView rest) { return list_size(rest, shown(id)); });
  return {chunk.bytes.begin(), chunk.bytes.end()};
}

std::unique_ptr<Reader> read_tree(std::shared_ptr<ChunkReader> chunks, const Tree& tree, std::string content_hash, std::string name) {
  return std::make_unique<TreeReader>(std::move(chunks), tree, std::move(content_hash), std::move(name));
}

}  // namespace holdfast
