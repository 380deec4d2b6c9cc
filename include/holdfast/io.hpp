#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// A stream to read from. Used by one thread at a time.
class Reader {
 public:
  virtual ~Reader() = default;
  /// Reads up to out.size() bytes, at least one unless `out` is empty, and returns how many. Returns 0 at the end,
  /// after all checks that the stream allows. Throws Error. Must not be called again after a throw or the end.
  virtual std::size_t read(std::span<std::byte> out) = 0;
};

/// A stream to write to. Used by one thread at a time.
class Writer {
 public:
  virtual ~Writer() = default;  ///< without commit() the stream is aborted: nothing becomes visible
  /// Writes all of `data` or throws. Does not keep a reference to `data`.
  virtual void write(ByteView data) = 0;
  /// Ends the stream: flushes it and makes it durable and visible. Called once, last. Throws Error; then nothing is
  /// visible.
  virtual void commit() = 0;
};

/// Returns a reader over bytes in memory (borrowed or owned).
std::unique_ptr<Reader> memory_reader(ByteView borrowed);
std::unique_ptr<Reader> memory_reader(Bytes owned);
/// Returns a writer that appends to `out` (borrowed); calls `on_commit` at commit.
std::unique_ptr<Writer> memory_writer(Bytes& out, std::function<void()> on_commit = {});

/// Copies everything from `from` to `to`, without commit. Returns the number of bytes.
std::uint64_t copy(Reader& from, Writer& to);
/// Reads to the end. Throws Error{limit} for more than `limit` bytes.
Bytes read_all(Reader& from, std::uint64_t limit);
/// Reads to the end into `out`. Returns the number of bytes. Throws Error{limit} if `out` is too small.
std::size_t read_all(Reader& from, std::span<std::byte> out);

}  // namespace holdfast
