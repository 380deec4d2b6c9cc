#pragma once

#include <array>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "repository/packed/frame.hpp"
#include "repository/packed/key_ring.hpp"
#include "repository/packed/pack_table.hpp"

namespace holdfast {

constexpr std::string_view kPacks = "packs/";
constexpr std::uint32_t kPackTarget = 16U << 20;  ///< a pack is closed when its frames have this many bytes

constexpr std::size_t kPackChunks = 128 * 1024;  ///< … or this many chunks, which limits its table

using Hash = std::array<std::byte, 32>;
Hash to_hash(ByteView thirty_two_bytes);

/// The description of a pack and its contents.
struct Pack {
  Hash sha256{};  ///< of its bytes: its name
  std::uint32_t bytes = 0;
  std::uint32_t generation = 0;
  PackTable table;
};

/// "packs/HH/SHA256".
std::string pack_object(const Hash& sha256);

/// Fills one pack in memory.
class PackBuilder {
 public:
  /// `memory` is that of a finished pack, for reuse.
  explicit PackBuilder(const KeyRing& ring, Bytes memory = {});
  void add(FrameSealer::Sealed frame, std::uint32_t plain_bytes, std::vector<FrameChunk> chunks);
  bool empty() const noexcept { return pack_.table.empty(); }
  bool full() const noexcept { return bytes_.size() >= kPackTarget || chunks_ >= kPackChunks; }

  struct Finished {
    Pack pack;
    Bytes bytes;
  };
  /// Adds the header and computes the pack's name. The builder must not be used again.
  Finished finish(Random& random);

 private:
  const KeyRing* ring_;  // not a reference, because builders are moved
  Pack pack_;
  Bytes bytes_;
  std::size_t chunks_ = 0;
};

/// Returns the generation that a pack claims; 0 if it is too short for a pack.
std::uint32_t pack_generation(ByteView bytes);

/// Reads the preamble and the header of a whole pack. Throws Error{corrupt} that names `object`.
Pack open_pack(const KeyRing& ring, ByteView bytes, const std::string& object);

}  // namespace holdfast
