#pragma once

#include <cstddef>
#include <memory>

#include "holdfast/bytes.hpp"
#include "holdfast/transform.hpp"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace holdfast {

struct FreeZstd {
  void operator()(ZSTD_CCtx_s* context) const noexcept;
  void operator()(ZSTD_DCtx_s* context) const noexcept;
};

/// Decodes whole frames and compares them with their input. Reuses its memory; one thread at a time.
class ZstdFrameCheck {
 public:
  explicit ZstdFrameCheck(std::size_t max_plain);
  /// Throws Error{internal} unless `frame` decodes to `plain` (at most max_plain bytes).
  void require(ByteView frame, ByteView plain);

 private:
  std::size_t max_plain_;
  std::unique_ptr<ZSTD_DCtx_s, FreeZstd> context_;
  std::unique_ptr<std::byte[]> decoded_;
};

enum class ZstdChecksum { off, on };

/// Makes independent frames that contain their content size. Reuses its memory; one thread at a time.
class ZstdFrameCompressor {
 public:
  ZstdFrameCompressor(int level, ZstdChecksum checksum, DecodeCheck check, std::size_t max_plain);
  /// Returns one frame of `plain` (at most max_plain bytes), checked if requested. Valid until the next call.
  ByteView compress(ByteView plain);

 private:
  std::size_t capacity_;
  std::unique_ptr<ZSTD_CCtx_s, FreeZstd> context_;
  std::unique_ptr<std::byte[]> frame_;
  std::unique_ptr<ZstdFrameCheck> check_;
};

}  // namespace holdfast
