#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "holdfast/bytes.hpp"
#include "holdfast/context.hpp"
#include "holdfast/io.hpp"

namespace holdfast {

/// One reversible step on a byte stream. Immutable: share it freely; each encode/decode makes its own stream state.
/// Encoding is pushed towards `next`, decoding is pulled from `from`. Decoding what encoding made gives the same bytes,
/// and damaged input throws Error{corrupt} at the latest at the end of the stream, never wrong bytes after it.
class Transform {
 public:
  virtual ~Transform() = default;
  virtual std::string_view name() const noexcept = 0;    ///< as written in manifests: "zstd"
  virtual std::string_view suffix() const noexcept = 0;  ///< of stored names: ".zst", or "" if it leaves the bytes alone
  virtual std::unique_ptr<Writer> encode(std::unique_ptr<Writer> next) const = 0;
  virtual std::unique_ptr<Reader> decode(std::unique_ptr<Reader> from) const = 0;
};

using TransformPtr = std::shared_ptr<const Transform>;

/// Whether what was compressed is decoded again and compared: zstd each frame before it goes on, gzip and lz4 the stream before its
/// commit (guards against bad RAM and compressor bugs). A difference throws Error{internal}.
enum class DecodeCheck { on, off };

/// Standard zstd frames with content checksum, one per 1 MiB of input; level 1-19. Decodes any zstd file with a window up to 128 MiB.
/// The format can't tell a file cut exactly between two frames from a whole one: who must know compares a size or a hash, or encrypts.
TransformPtr zstd(int level = 1, DecodeCheck check = DecodeCheck::on);
/// Standard gzip; level 1-9.
TransformPtr gzip(int level = 6, DecodeCheck check = DecodeCheck::on);
/// Standard lz4 frame file, with content checksum.
TransformPtr lz4(DecodeCheck check = DecodeCheck::on);

/// Tink's AES256-GCM-HKDF-1MB streaming AEAD. `key` has 32 bytes. `associated_data` binds the stream to its place: decoding with
/// other data fails as Error{corrupt}.
TransformPtr aes256gcm(const Secret& key, std::string_view associated_data = {}, Random& random = system_random());

/// What a hash stage saw, valid once its stream was committed (or read to the end).
struct Digest {
  std::uint64_t bytes = 0;
  std::string sha256;  ///< lower-case hex; empty unless asked for
  std::string xxh3;    ///< XXH3-128, lower-case hex; empty unless asked for
};
enum class HashKind { sha256, xxh3 };
/// Leaves bytes alone and tells what passed: `done` is called once at commit, or at the end of reading.
TransformPtr hash(HashKind kind, std::function<void(const Digest&)> done);

/// Leaves bytes alone and lets at most `bytes_per_second` pass, shared by all streams made from it. Cancel wakes it.
TransformPtr throttle(std::uint64_t bytes_per_second, std::stop_token stop = {});

/// Makes a compressor from its text form: "zstd", "zstd:3", "gzip:6", "lz4", "none" (returns null). Throws Error{invalid_argument}.
TransformPtr parse_compression(std::string_view text, DecodeCheck check = DecodeCheck::on);

}  // namespace holdfast
