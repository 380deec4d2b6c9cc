#include "repository/packed/chunker.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "base/digest.hpp"
#include "holdfast/error.hpp"

// The hash of a place is a sum over the bytes before it: hash = 2 · hash + gear[byte]. A byte drops out after 64 more
// bytes, so a hash depends on 64 bytes only, and its top bits on nearly all of them. A chunk may end where the top bits
// are zero. Before the target size, two bits more are required than the target needs, and after it two fewer: chunk
// sizes are closer to the target.

namespace holdfast {

class GearTable {
 public:
  explicit GearTable(const Secret& chunker_key) {
    const Secret bytes = hkdf_sha256(chunker_key.bytes(), {}, "gear/v1", values_.size() * 8);
    for (std::size_t i = 0; i < values_.size() * 8; ++i) {
      values_[i / 8] = values_[i / 8] << 8 | std::to_integer<std::uint64_t>(bytes.bytes()[i]);
    }
  }
  const std::uint64_t* values() const noexcept { return values_.data(); }

 private:
  std::array<std::uint64_t, 256> values_{};
};

namespace {

constexpr std::size_t kWindow = 64;     // bytes that a hash depends on
constexpr unsigned kNormalisation = 2;  // bits

// Returns the place after the first byte between `at` and `end` at which the hash is below `limit`, or 0. `hash`
// continues from call to call.
std::size_t scan(const std::uint64_t* gear, const std::byte* bytes, std::size_t at, std::size_t end, std::uint64_t limit,
                 std::uint64_t& hash) {
  std::uint64_t h = hash;
  for (; at + 4 <= end; at += 4) {
    if ((h = (h << 1) + gear[std::to_integer<unsigned>(bytes[at])]) < limit) return at + 1;
    if ((h = (h << 1) + gear[std::to_integer<unsigned>(bytes[at + 1])]) < limit) return at + 2;
    if ((h = (h << 1) + gear[std::to_integer<unsigned>(bytes[at + 2])]) < limit) return at + 3;
    if ((h = (h << 1) + gear[std::to_integer<unsigned>(bytes[at + 3])]) < limit) return at + 4;
  }
  for (; at < end; ++at) {
    if ((h = (h << 1) + gear[std::to_integer<unsigned>(bytes[at])]) < limit) return at + 1;
  }
  hash = h;
  return 0;
}

class ContentChunker final : public Chunker {
 public:
  ContentChunker(std::shared_ptr<const GearTable> table, ChunkSizes sizes) : table_(std::move(table)), sizes_(sizes) {
    const bool sound = sizes.min > kWindow && sizes.min <= sizes.target && sizes.target <= sizes.max && sizes.max <= (1U << 30);
    if (!sound) throw Error(ErrorCode::invalid_argument, "chunk sizes: 64 < min <= target <= max is not so");
    const unsigned bits = static_cast<unsigned>(std::bit_width(sizes.target)) - 1;
    early_limit_ = std::uint64_t{1} << (64 - bits - kNormalisation);
    late_limit_ = std::uint64_t{1} << (64 - bits + kNormalisation);
  }

  std::size_t find_end(ByteView from_start, std::size_t scanned) override {
    const std::size_t end = std::min(from_start.size(), sizes_.max);
    // The earliest end of the chunk is after the byte at `first`.
    const std::size_t first = std::max(scanned, sizes_.min - 1);
    if (first < end) {
      const std::size_t found = search(from_start.data(), first, end);
      if (found != 0) return found;
    }
    return end == sizes_.max ? end : 0;
  }

  std::size_t max_size() const noexcept override { return sizes_.max; }

 private:
  std::size_t search(const std::byte* bytes, std::size_t first, std::size_t end) const {
    const std::uint64_t* gear = table_->values();
    std::uint64_t hash = 0;
    scan(gear, bytes, first - (kWindow - 1), first, 0, hash);  // no hash is below 0
    const std::size_t early_end = std::min(end, sizes_.target - 1);
    if (first < early_end) {
      const std::size_t found = scan(gear, bytes, first, early_end, early_limit_, hash);
      if (found != 0) return found;
    }
    return scan(gear, bytes, std::max(first, early_end), end, late_limit_, hash);
  }

  std::shared_ptr<const GearTable> table_;
  ChunkSizes sizes_;
  std::uint64_t early_limit_ = 0, late_limit_ = 0;
};

}  // namespace

std::shared_ptr<const GearTable> make_gear_table(const Secret& chunker_key) { return std::make_shared<const GearTable>(chunker_key); }

std::unique_ptr<Chunker> content_chunker(std::shared_ptr<const GearTable> table, ChunkSizes sizes) {
  return std::make_unique<ContentChunker>(std::move(table), sizes);
}

}  // namespace holdfast
