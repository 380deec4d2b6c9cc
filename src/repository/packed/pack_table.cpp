#include "repository/packed/pack_table.hpp"

#include <algorithm>

#include "base/big_endian.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kFrameHead = 20, kChunkSize = 36;

class TableReader {
 public:
  TableReader(ByteView bytes, const std::string& object) : left_(bytes), object_(object) {}

  template <typename Number>
  Number number() {
    return number_in<Number>(take(sizeof(Number)));
  }

  ByteView take(std::size_t size) {
    if (left_.size() < size) fail("ends too early");
    const ByteView taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
  }

  /// Reads the number of records that follow, and checks it against the remaining bytes before anything is allocated.
  std::uint32_t count(std::size_t record) {
    const auto value = number<std::uint32_t>();
    if (value > left_.size() / record) fail("counts more than it holds");
    return value;
  }

  bool at_end() const noexcept { return left_.empty(); }
  [[noreturn]] void fail(const char* why) const { throw Error(ErrorCode::corrupt, object_ + ": is damaged: its table of chunks " + why); }

 private:
  ByteView left_;
  const std::string& object_;
};

Frame read_frame(TableReader& in, std::uint32_t frames_end, std::uint32_t expected_offset) {
  Frame frame;
  frame.offset = in.number<std::uint32_t>();
  frame.stored_bytes = in.number<std::uint32_t>();
  frame.plain_bytes = in.number<std::uint32_t>();
  const auto codec = in.number<std::uint8_t>();
  if (codec > static_cast<std::uint8_t>(Codec::zstd)) in.fail("names an unknown codec");
  frame.codec = static_cast<Codec>(codec);
  for (const std::byte zero : in.take(3)) {
    if (zero != std::byte{0}) in.fail("has reserved bytes that are not zero");
  }
  if (frame.offset != expected_offset || frame.stored_bytes > frames_end - frame.offset) in.fail("puts a frame where it can't be");
  if (frame.stored_bytes <= kFrameOverhead || frame.plain_bytes == 0 || frame.plain_bytes >= kMaxFrame) in.fail("has an impossible size");
  std::uint64_t sum = 0;
  frame.chunks.resize(in.count(kChunkSize));
  for (FrameChunk& chunk : frame.chunks) {
    const ByteView id = in.take(chunk.id.bytes.size());
    std::copy(id.begin(), id.end(), chunk.id.bytes.begin());
    chunk.bytes = in.number<std::uint32_t>();
    if (chunk.bytes == 0 || chunk.bytes > kMaxChunk) in.fail("has a chunk of an impossible size");
    sum += chunk.bytes;
  }
  if (sum != frame.plain_bytes) in.fail("does not add up");
  return frame;
}

}  // namespace

void append_table(Bytes& out, const PackTable& table) {
  append_number(out, static_cast<std::uint32_t>(table.size()));
  for (const Frame& frame : table) {
    append_number(out, frame.offset);
    append_number(out, frame.stored_bytes);
    append_number(out, frame.plain_bytes);
    append_number(out, static_cast<std::uint8_t>(frame.codec));
    out.insert(out.end(), 3, std::byte{0});
    append_number(out, static_cast<std::uint32_t>(frame.chunks.size()));
    for (const FrameChunk& chunk : frame.chunks) {
      out.insert(out.end(), chunk.id.bytes.begin(), chunk.id.bytes.end());
      append_number(out, chunk.bytes);
    }
  }
}

PackTable read_table(ByteView bytes, std::uint32_t frames_end, const std::string& object) {
  TableReader in(bytes, object);
  PackTable table;
  const std::uint32_t count = in.count(kFrameHead);
  if (count == 0) in.fail("holds nothing");
  table.reserve(count);
  std::uint32_t offset = kPackPreamble;
  for (std::uint32_t i = 0; i < count; ++i) {
    table.push_back(read_frame(in, frames_end, offset));
    offset += table.back().stored_bytes;
  }
  if (offset != frames_end || !in.at_end()) in.fail("does not add up");
  return table;
}

}  // namespace holdfast
