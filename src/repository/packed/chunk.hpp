#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>

#include "holdfast/bytes.hpp"

namespace holdfast {

constexpr std::size_t kMaxChunk = 4U << 20;  // plain bytes

/// HMAC-SHA256 of a chunk's plain bytes under the repository's id key.
struct ChunkId {
  std::array<std::byte, 32> bytes{};
  auto operator<=>(const ChunkId&) const = default;
};

/// One item of a list of chunks: the id, and the number of plain bytes of the stream that it stands for.
struct ChunkRef {
  ChunkId id;
  std::uint64_t bytes = 0;
  bool operator==(const ChunkRef&) const = default;
};

}  // namespace holdfast
