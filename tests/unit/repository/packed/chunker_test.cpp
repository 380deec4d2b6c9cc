#include "repository/packed/chunker.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <numeric>
#include <set>

#include "support/packed_keys.hpp"
#include "support/streams.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

constexpr ChunkSizes kSmall{65, 256, 1024};
constexpr std::size_t kAtOnce = std::size_t(-1);

std::shared_ptr<const GearTable> table(int key = 1) { return make_gear_table(Secret(counted(key))); }

// Generates many random bytes fast.
Bytes much_noise(std::size_t size, std::uint64_t seed) {
  Rng rng(seed);
  Bytes bytes(size);
  for (std::size_t at = 0; at + 8 <= size; at += 8) {
    const std::uint64_t value = rng();
    std::memcpy(bytes.data() + at, &value, 8);
  }
  return bytes;
}

// Returns the lengths of the chunks. Works like a caller that holds the bytes from the chunk's beginning and gets more
// in pieces.
std::vector<std::size_t> cut(Chunker& chunker, ByteView stream, Rng& rng, std::size_t max_piece) {
  std::vector<std::size_t> lengths;
  std::size_t have = 0, scanned = 0;
  while (!stream.empty()) {
    if (have == scanned) {
      if (have == stream.size()) break;
      have += std::min<std::size_t>(stream.size() - have, max_piece == kAtOnce ? kAtOnce : 1 + rng() % max_piece);
    }
    const std::size_t length = chunker.find_end(stream.first(have), scanned);
    if (length == 0) {
      scanned = have;
      REQUIRE(scanned < chunker.max_size());
      continue;
    }
    REQUIRE(length > scanned);
    REQUIRE(length <= have);
    lengths.push_back(length);
    stream = stream.subspan(length);
    have -= length;
    scanned = 0;
  }
  if (!stream.empty()) lengths.push_back(stream.size());
  return lengths;
}

std::vector<std::size_t> cut(ByteView stream, ChunkSizes sizes, int key = 1) {
  Rng rng(1);
  return cut(*content_chunker(table(key), sizes), stream, rng, kAtOnce);
}

std::set<std::string> chunks(ByteView stream, ChunkSizes sizes) {
  std::set<std::string> all;
  for (const std::size_t length : cut(stream, sizes)) {
    all.insert(sha256_hex(stream.first(length)));
    stream = stream.subspan(length);
  }
  return all;
}

std::size_t missing(const std::set<std::string>& from, const std::set<std::string>& in) {
  return static_cast<std::size_t>(std::count_if(from.begin(), from.end(), [&](const std::string& one) { return !in.contains(one); }));
}

std::size_t sum(const std::vector<std::size_t>& lengths) { return std::accumulate(lengths.begin(), lengths.end(), std::size_t{0}); }

}  // namespace

TEST_CASE("chunks are the whole stream, within their bounds except the last, and independent of how the bytes arrive") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const std::size_t size = rng() % 40000;
    const Bytes stream = seed % 2 == 0 ? noise(size, seed) : rows(size, seed);
    const auto whole = cut(stream, kSmall);
    CHECK(sum(whole) == size);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      CHECK(whole[i] <= kSmall.max);
      if (i + 1 < whole.size()) CHECK(whole[i] >= kSmall.min);
    }
    for (const std::size_t piece : {1, 2, 7, 63, 64, 65, 300, 5000}) {
      CAPTURE(piece);
      CHECK(cut(*content_chunker(table(), kSmall), stream, rng, piece) == whole);
    }
  }
}

TEST_CASE("cuts are those of the definition: the first place between the bounds where the hash of 64 bytes has enough zero bits on top") {
  const Bytes stream = noise(200'000, 3);
  const Secret gear = hkdf_sha256(counted(1), {}, "gear/v1", 2048);
  const auto hash_behind = [&](std::size_t place) {
    std::uint64_t hash = 0;
    for (std::size_t at = place - 64; at < place; ++at) {
      std::uint64_t value = 0;
      for (std::size_t i = 0; i < 8; ++i) {
        value = value << 8 | std::to_integer<std::uint64_t>(gear.bytes()[8 * std::to_integer<std::size_t>(stream[at]) + i]);
      }
      hash = (hash << 1) + value;
    }
    return hash;
  };
  std::size_t begin = 0, early = 0, late = 0, longest = 0;
  for (const std::size_t length : cut(stream, kSmall)) {
    for (std::size_t tried = kSmall.min; tried <= length && begin + tried < stream.size(); ++tried) {
      const int bits = tried < kSmall.target ? 10 : 6;  // 256 = 2^8
      const bool ends = hash_behind(begin + tried) >> (64 - bits) == 0 || tried == kSmall.max;
      REQUIRE(ends == (tried == length));
    }
    ++(length < kSmall.target ? early : length < kSmall.max ? late : longest);
    begin += length;
  }
  CHECK(early > 20);
  CHECK(late > 20);
}

TEST_CASE("a hash depends on 64 bytes only: bytes before a chunk or far before its end do not move the end") {
  const Bytes stream = noise(1024, 9);
  Bytes other = stream;
  const std::size_t length = cut(stream, kSmall)[0];
  REQUIRE(length > kSmall.min + 64);
  other[0] ^= std::byte{1};
  CHECK(cut(other, kSmall)[0] == length);
}

TEST_CASE("inserting into and deleting from 64 MiB changes few chunks") {
  const std::uint64_t seed = 20261120;
  CAPTURE(seed);
  Rng rng(seed);
  const Bytes stream = much_noise(64U << 20, seed);
  const std::set<std::string> before = chunks(stream, kStreamChunks);
  for (const std::size_t size : {1, 100, 70'000, 3'000'000}) {
    CAPTURE(size);
    const auto at = static_cast<std::ptrdiff_t>(rng() % (60U << 20));
    CAPTURE(at);
    Bytes longer = stream, shorter = stream;
    const Bytes inserted = much_noise(size, rng());
    longer.insert(longer.begin() + at, inserted.begin(), inserted.end());
    shorter.erase(shorter.begin() + at, shorter.begin() + at + static_cast<std::ptrdiff_t>(size));
    // The changed chunks, and the few until both have a common end again.
    const std::size_t bound = 6 + size / kStreamChunks.min;
    CHECK(missing(chunks(longer, kStreamChunks), before) <= bound);
    CHECK(missing(chunks(shorter, kStreamChunks), before) <= bound);
  }
}

TEST_CASE("the mean size of chunks is near the target") {
  for (const ChunkSizes sizes : {kStreamChunks, kListChunks}) {
    CAPTURE(sizes.target);
    const Bytes stream = much_noise(sizes.target * 100, 8);
    const std::size_t mean = stream.size() / cut(stream, sizes).size();
    CHECK(mean > sizes.target * 8 / 10);
    CHECK(mean < sizes.target * 14 / 10);
  }
}

TEST_CASE("another key cuts elsewhere") {
  const Bytes stream = noise(100'000, 4);
  CHECK(cut(stream, kSmall, 1) == cut(stream, kSmall, 1));
  CHECK(cut(stream, kSmall, 1) != cut(stream, kSmall, 2));
}

TEST_CASE("zeros are cut into equal chunks of the greatest size") {
  CHECK(cut(Bytes(10'500), kSmall) == std::vector<std::size_t>{1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 260});
}

TEST_CASE("sizes that a chunker cannot keep are refused") {
  const auto made = [](ChunkSizes sizes) { return code_thrown([&] { content_chunker(table(), sizes); }); };
  CHECK(made({65, 65, 65}) == std::nullopt);
  for (const ChunkSizes bad : {ChunkSizes{64, 256, 1024}, ChunkSizes{300, 256, 1024}, ChunkSizes{100, 256, 255}, ChunkSizes{0, 0, 0}}) {
    CHECK(made(bad) == ErrorCode::invalid_argument);
  }
}
