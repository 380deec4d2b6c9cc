#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/xxh3.hpp"
#include "holdfast/bytes.hpp"
#include "holdfast/io.hpp"

namespace holdfast {

/// Turns a compressed stream back, in pieces of any size. Concatenated frames are one stream. Used by one thread at a time.
class Decompressor {
 public:
  struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
  };
  virtual ~Decompressor() = default;
  virtual std::string_view format() const noexcept = 0;
  /// Takes from `in` (which may be empty) and fills `out` (which is not). No progress means: more input is needed.
  /// Throws Error{corrupt}; after that it is not called again.
  virtual Step step(ByteView in, std::span<std::byte> out) = 0;
  /// Whether what was taken so far ends with a whole frame: the only place where the input may stop.
  virtual bool at_frame_end() const noexcept = 0;
};

/// Pulls compressed bytes through a decompressor, in bounded memory. Input that stops inside a frame is Error{corrupt}.
std::unique_ptr<Reader> decompressing_reader(std::unique_ptr<Reader> from, std::unique_ptr<Decompressor> decompressor);

/// Tells that a compressor's output does not decode to its input.
[[noreturn]] void throw_bad_compressor_output(std::string_view format);

/// Decodes what a streaming compressor puts out while it runs and compares digests at the end, so it needs no copy of the input.
class RunningCheck {
 public:
  explicit RunningCheck(std::unique_ptr<Decompressor> decompressor);
  void add_plain(ByteView plain);
  void add_compressed(ByteView compressed);
  /// Call after the last byte and before anything becomes visible. Throws Error{internal} if the two sides differ.
  void finish() const;

 private:
  std::unique_ptr<Decompressor> decompressor_;
  std::unique_ptr<std::byte[]> scratch_;
  Xxh3 plain_, decoded_;
};

}  // namespace holdfast
