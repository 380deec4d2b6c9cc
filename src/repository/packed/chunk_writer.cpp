#include "repository/packed/chunk_writer.hpp"

#include <algorithm>

namespace holdfast {

namespace {

// Bytes that are taken at a time. After the end of a known chunk the remaining bytes are moved, so there should be few.
constexpr std::size_t kPiece = 128U << 10;

}  // namespace

ChunkWriter::ChunkWriter(ChunkStore& store, std::unique_ptr<Chunker> chunker)
    : store_(store),
      chunker_(std::move(chunker)),
      tree_([&store](ByteView list) { return store.put_list(list); }),
      frame_(store.new_draft()) {}

void ChunkWriter::write(ByteView data) {
  while (!data.empty()) {
    const ByteView piece = data.first(std::min(kPiece, data.size()));
    frame_.plain.insert(frame_.plain.end(), piece.begin(), piece.end());
    data = data.subspan(piece.size());
    cut();
  }
}

void ChunkWriter::cut() {
  for (;;) {
    const ByteView tail = ByteView(frame_.plain).subspan(start_);
    if (tail.size() == scanned_) return;
    const std::size_t size = chunker_->find_end(tail, scanned_);
    scanned_ = size == 0 ? tail.size() : 0;
    if (size == 0) return;
    end_chunk(size);
  }
}

void ChunkWriter::end_chunk(std::size_t size) {
  const ChunkId id = store_.id_of(ByteView(frame_.plain).subspan(start_, size));
  tree_.add({id, size});
  if (!store_.claim(id)) {
    const auto begin = frame_.plain.begin() + static_cast<std::ptrdiff_t>(start_);
    frame_.plain.erase(begin, begin + static_cast<std::ptrdiff_t>(size));
    return;
  }
  frame_.chunks.push_back({id, static_cast<std::uint32_t>(size)});
  start_ += size;
  if (start_ >= kFrameTarget) end_frame();
}

void ChunkWriter::end_frame() {
  FrameDraft next = store_.new_draft();
  next.plain.insert(next.plain.end(), frame_.plain.begin() + static_cast<std::ptrdiff_t>(start_), frame_.plain.end());
  frame_.plain.resize(start_);
  store_.put(std::move(frame_));
  frame_ = std::move(next);
  start_ = 0;
}

void ChunkWriter::cut_here() {
  if (frame_.plain.size() > start_) end_chunk(frame_.plain.size() - start_);
  scanned_ = 0;
}

Tree ChunkWriter::finish() {
  cut_here();
  if (start_ >= kSmallFrameTarget) {
    store_.put(std::move(frame_));
  } else {
    store_.put_small(ChunkStore::Small::data, frame_);
  }
  return tree_.finish();
}

}  // namespace holdfast
