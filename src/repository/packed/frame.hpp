#pragma once

#include <memory>
#include <optional>
#include <string>

#include "holdfast/context.hpp"
#include "holdfast/transform.hpp"
#include "repository/packed/key_ring.hpp"
#include "repository/packed/pack_table.hpp"
#include "transform/zstd_frame.hpp"

namespace holdfast {

/// Compresses and seals frames with the ring's newest root. Reuses its memory; one thread at a time.
class FrameSealer {
 public:
  /// Without a level, compresses nothing.
  FrameSealer(const KeyRing& ring, std::optional<int> level, DecodeCheck check, Random& random);

  struct Sealed {
    ByteView stored;  ///< valid until the next call
    Codec codec;
  };
  Sealed seal(ByteView plain);

 private:
  const KeyRing& ring_;
  Random& random_;
  const Secret pack_key_, hedge_key_;
  std::optional<ZstdFrameCompressor> compressor_;
  Bytes stored_;
};

/// Opens frames. Reuses its memory; one thread at a time.
class FrameOpener {
 public:
  FrameOpener();

  /// Decodes a frame to the beginning of `plain`, which grows if it is too small. Returns its plain bytes. Throws
  /// Error{corrupt} that names `object` unless they are the bytes that were sealed.
  ByteView open(const KeyRing& ring, std::uint32_t generation, const Frame& frame, ByteView stored, const std::string& object,
                Bytes& plain);

 private:
  std::unique_ptr<ZSTD_DCtx_s, FreeZstd> context_;
  Bytes payload_;
};

}  // namespace holdfast
