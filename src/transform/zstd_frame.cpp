#include "transform/zstd_frame.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <cstring>
#include <new>

#include "holdfast/error.hpp"
#include "transform/decompressor.hpp"

namespace holdfast {

void FreeZstd::operator()(ZSTD_CCtx_s* context) const noexcept { ZSTD_freeCCtx(context); }
void FreeZstd::operator()(ZSTD_DCtx_s* context) const noexcept { ZSTD_freeDCtx(context); }

ZstdFrameCheck::ZstdFrameCheck(std::size_t max_plain)
    : max_plain_(max_plain), context_(ZSTD_createDCtx()), decoded_(std::make_unique_for_overwrite<std::byte[]>(max_plain)) {
  if (!context_) throw std::bad_alloc();
}

void ZstdFrameCheck::require(ByteView frame, ByteView plain) {
  const std::size_t size = ZSTD_decompressDCtx(context_.get(), decoded_.get(), max_plain_, frame.data(), frame.size());
  const bool same = size == plain.size() && (size == 0 || std::memcmp(decoded_.get(), plain.data(), size) == 0);
  if (!same) throw_bad_compressor_output("zstd");
}

ZstdFrameCompressor::ZstdFrameCompressor(int level, ZstdChecksum checksum, DecodeCheck check, std::size_t max_plain)
    : capacity_(ZSTD_compressBound(max_plain)),
      context_(ZSTD_createCCtx()),
      frame_(std::make_unique_for_overwrite<std::byte[]>(capacity_)),
      check_(check == DecodeCheck::on ? std::make_unique<ZstdFrameCheck>(max_plain) : nullptr) {
  if (!context_) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, checksum == ZstdChecksum::on ? 1 : 0);
}

ByteView ZstdFrameCompressor::compress(ByteView plain) {
  const std::size_t size = ZSTD_compress2(context_.get(), frame_.get(), capacity_, plain.data(), plain.size());
  if (ZSTD_isError(size) != 0) throw Error(ErrorCode::internal, fmt::format("zstd failed to compress: {}", ZSTD_getErrorName(size)));
  const ByteView frame(frame_.get(), size);
  if (check_) check_->require(frame, plain);
  return frame;
}

}  // namespace holdfast
