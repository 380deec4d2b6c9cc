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

/// One reversible step on a byte stream. Immutable: share it freely; each encode or decode makes its own stream state.
/// Encoding pushes to `next`; decoding pulls from `from`. Decoding returns exactly the bytes that were encoded. Damaged
/// input throws Error{corrupt}, at the latest at the end of the stream, and never yields wrong bytes after that.
class Transform {
 public:
  virtual ~Transform() = default;
  virtual std::string_view name() const noexcept = 0;    ///< as written in manifests: "zstd"
  virtual std::string_view suffix() const noexcept = 0;  ///< added to stored names: ".zst"; "" if bytes are unchanged
  /// Version of the encoding, from 1. A repository that the transform is lent to records it with the name: a transform
  /// whose encoding changes gets the next number, and decodes only its own.
  virtual std::uint32_t version() const noexcept { return 1; }
  virtual std::unique_ptr<Writer> encode(std::unique_ptr<Writer> next) const = 0;
  virtual std::unique_ptr<Reader> decode(std::unique_ptr<Reader> from) const = 0;
};

using TransformPtr = std::shared_ptr<const Transform>;

/// Whether to decode compressed data again and compare it: zstd each frame before it is passed on, gzip and lz4 the
/// stream before its commit (protects against bad RAM and compressor bugs). A difference throws Error{internal}.
enum class DecodeCheck { on, off };

/// Standard zstd frames with content checksum, one per 1 MiB of input; level 1-19. Decodes any zstd file with a window
/// up to 128 MiB. The format can't distinguish a file cut exactly between two frames from a complete one: compare a
/// size or a hash, or encrypt, to detect it.
TransformPtr zstd(int level = 1, DecodeCheck check = DecodeCheck::on);
/// Standard gzip; level 1-9.
TransformPtr gzip(int level = 6, DecodeCheck check = DecodeCheck::on);
/// Standard lz4 frame file, with content checksum.
TransformPtr lz4(DecodeCheck check = DecodeCheck::on);

/// Tink's AES256-GCM-HKDF-1MB streaming AEAD. `key` has 32 bytes. `associated_data` binds the stream to its place:
/// decoding with other data fails with Error{corrupt}.
TransformPtr aes256gcm(const Secret& key, std::string_view associated_data = {}, Random& random = system_random());

/// Result of a hash stage, valid after its stream was committed (or read to the end).
struct Digest {
  std::uint64_t bytes = 0;
  std::string sha256;  ///< lower-case hex; empty unless requested
  std::string xxh3;    ///< XXH3-128, lower-case hex; empty unless requested
};
enum class HashKind { sha256, xxh3 };
/// Hashes the bytes without changing them. Calls `done` once, at commit or at the end of reading.
TransformPtr hash(HashKind kind, std::function<void(const Digest&)> done);

/// Passes the bytes unchanged, at most `bytes_per_second`, shared by all its streams. A stop request ends its wait.
TransformPtr throttle(std::uint64_t bytes_per_second, std::stop_token stop = {});

/// Makes a compressor from text: "zstd", "zstd:3", "gzip:6", "lz4", "none" (returns null). Throws
/// Error{invalid_argument}.
TransformPtr parse_compression(std::string_view text, DecodeCheck check = DecodeCheck::on);

}  // namespace holdfast
