#include "repository/packed/tree.hpp"

#include <algorithm>

#include "base/big_endian.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kCountSize = 4, kNameSize = 40;

// The names in a list decide where it ends, so that a changed part of a stream changes few lists.
bool ends_list(const ChunkId& id) { return number_in<std::uint16_t>(id.bytes) % 512 == 0; }

Bytes encode_list(const std::vector<ChunkRef>& refs) {
  Bytes list;
  list.reserve(kCountSize + kNameSize * refs.size());
  append_number(list, static_cast<std::uint32_t>(refs.size()));
  for (const ChunkRef& ref : refs) {
    list.insert(list.end(), ref.id.bytes.begin(), ref.id.bytes.end());
    append_number(list, ref.bytes);
  }
  return list;
}

std::uint64_t sum_of(const std::vector<ChunkRef>& refs) {
  std::uint64_t sum = 0;
  for (const ChunkRef& ref : refs) sum += ref.bytes;
  return sum;
}

}  // namespace

void TreeBuilder::add_at(std::size_t depth, const ChunkRef& ref) {
  if (depth == lists_.size()) lists_.emplace_back();
  lists_[depth].push_back(ref);
  // A list has at least two names. Otherwise a list of one name could be the only name in another list, and so on
  // without end.
  const std::size_t count = lists_[depth].size();
  if (count == kMaxListNames || (count > 1 && ends_list(ref.id))) end_list(depth);
}

void TreeBuilder::end_list(std::size_t depth) {
  const std::vector<ChunkRef> refs = std::move(lists_[depth]);
  lists_[depth].clear();
  add_at(depth + 1, {store_(encode_list(refs)), sum_of(refs)});
}

Tree TreeBuilder::finish() {
  for (std::size_t depth = 0; depth < lists_.size(); ++depth) {
    const bool top = depth + 1 == lists_.size();
    if (top && lists_[depth].size() == 1) {
      const ChunkRef& root = lists_[depth].front();
      return {.depth = static_cast<unsigned>(depth), .id = root.id, .bytes = root.bytes};
    }
    if (!lists_[depth].empty()) end_list(depth);
  }
  return {};
}

std::size_t list_size(ByteView bytes, const std::string& object) {
  const auto damaged = [&object] { return Error(ErrorCode::corrupt, object + ": a list of chunks is damaged"); };
  if (bytes.size() < kCountSize) throw damaged();
  const auto count = number_in<std::uint32_t>(bytes);
  if (count == 0 || count > kMaxListNames) throw damaged();
  const std::size_t size = kCountSize + kNameSize * count;
  if (size > bytes.size()) throw damaged();
  return size;
}

std::vector<ChunkRef> read_list(ByteView chunk) {
  std::vector<ChunkRef> refs(number_in<std::uint32_t>(chunk));
  for (ByteView left = chunk.subspan(kCountSize); ChunkRef & ref : refs) {
    std::copy_n(left.begin(), ref.id.bytes.size(), ref.id.bytes.begin());
    ref.bytes = number_in<std::uint64_t>(left.subspan(ref.id.bytes.size()));
    left = left.subspan(kNameSize);
  }
  return refs;
}

TreeWalk::TreeWalk(const Tree& tree, ReadList read, std::string object)
    : depth_(tree.depth), read_(std::move(read)), object_(std::move(object)) {
  if (tree.bytes != 0) levels_.push_back({{{tree.id, tree.bytes}}});
}

void TreeWalk::enter_list() {
  enter_ = false;
  const Level& top = levels_.back();
  const ChunkRef list = top.refs[top.at - 1];
  std::vector<ChunkRef> refs = read_list(read_(list.id));
  if (sum_of(refs) != list.bytes) throw Error(ErrorCode::corrupt, object_ + ": a list of chunks does not add up");
  levels_.push_back({std::move(refs)});
}

bool TreeWalk::next(Step& step) {
  if (enter_) enter_list();
  while (!levels_.empty() && levels_.back().at == levels_.back().refs.size()) levels_.pop_back();
  if (levels_.empty()) return false;
  Level& top = levels_.back();
  step.ref = top.refs[top.at++];
  step.list = levels_.size() <= depth_;
  if (!step.list && (step.ref.bytes == 0 || step.ref.bytes > kMaxChunk)) {
    throw Error(ErrorCode::corrupt, object_ + ": names a chunk of an impossible size");
  }
  enter_ = step.list;
  return true;
}

}  // namespace holdfast
