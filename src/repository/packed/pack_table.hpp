#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "repository/packed/chunk.hpp"

namespace holdfast {

/// How a frame's payload encodes its plain bytes.
enum class Codec : std::uint8_t { raw = 0, zstd = 1 };

constexpr std::uint32_t kPackPreamble = 32;
constexpr std::uint32_t kMaxFrame = 8U << 20;      ///< plain bytes
constexpr std::uint32_t kFrameOverhead = 32 + 16;  ///< salt and tag
constexpr std::uint32_t kMaxPack = 64U << 20;      ///< stored bytes
constexpr std::uint32_t kMaxTable = 16U << 20;     ///< bytes of an encoded table

struct FrameChunk {
  ChunkId id;
  std::uint32_t bytes = 0;
};

/// One frame of a pack, and its chunks in order.
struct Frame {
  std::uint32_t offset = 0;
  std::uint32_t stored_bytes = 0;
  std::uint32_t plain_bytes = 0;
  Codec codec = Codec::raw;
  std::vector<FrameChunk> chunks;
};

using PackTable = std::vector<Frame>;

/// Convert to and from the table's bytes (docs/format-packed.md, "Chunks, frames, packs"). Reading is strict: throws
/// Error{corrupt} that names `object` for a table that is inconsistent or reaches beyond `frames_end`.
void append_table(Bytes& out, const PackTable& table);
PackTable read_table(ByteView bytes, std::uint32_t frames_end, const std::string& object);

}  // namespace holdfast
