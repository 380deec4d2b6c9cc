#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/xxh3.hpp"
#include "holdfast/bytes.hpp"
#include "holdfast/io.hpp"

namespace holdfast {

/// Decodes a compressed stream in pieces of any size. Concatenated frames are one stream. One thread at a time.
class Decompressor {
 public:
  struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
  };
  virtual ~Decompressor() = default;
  virtual std::string_view format() const noexcept = 0;
  /// Consumes bytes of `in` (may be empty) and fills `out` (must not be empty). No progress means that it needs more
  /// input. Throws Error{corrupt}; must not be called again after that.
  virtual Step step(ByteView in, std::span<std::byte> out) = 0;
  /// Returns whether the consumed bytes end with a complete frame: only there may the input end.
  virtual bool at_frame_end() const noexcept = 0;
};

/// Reads compressed bytes through a decompressor, in bounded memory. Throws Error{corrupt} if the input ends inside a
/// frame.
std::unique_ptr<Reader> decompressing_reader(std::unique_ptr<Reader> from, std::unique_ptr<Decompressor> decompressor);

/// Throws Error{internal}: a compressor's output does not decode to its input.
[[noreturn]] void throw_bad_compressor_output(std::string_view format);

/// Decodes the output of a streaming compressor while it runs, and compares digests at the end, so it needs no copy of
/// the input.
class RunningCheck {
 public:
  explicit RunningCheck(std::unique_ptr<Decompressor> decompressor);
  void add_plain(ByteView plain);
  void add_compressed(ByteView compressed);
  /// Call it after the last byte and before anything becomes visible. Throws Error{internal} if the two digests differ.
  void finish() const;

 private:
  std::unique_ptr<Decompressor> decompressor_;
  std::unique_ptr<std::byte[]> scratch_;
  Xxh3 plain_, decoded_;
};

}  // namespace holdfast
