#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// A stream to pull from. Used by one thread at a time.
class Reader {
 public:
  virtual ~Reader() = default;
  /// Fills up to out.size() bytes (at least one unless out is empty) and says how many; 0 = the end, verified as far as
  /// the stream can be. Throws Error; after a throw or the end it is not called again.
  virtual std::size_t read(std::span<std::byte> out) = 0;
};

/// A stream to push into. Used by one thread at a time.
class Writer {
 public:
  virtual ~Writer() = default;  ///< uncommitted = aborted: nothing becomes visible
  /// Takes all of `data` or throws. The bytes are the caller's again on return.
  virtual void write(ByteView data) = 0;
  /// Ends the stream: flushes, makes it durable and visible. Called once, last. Throws Error: then nothing is visible.
  virtual void commit() = 0;
};

/// A reader over bytes in memory (borrowed / owned).
std::unique_ptr<Reader> memory_reader(ByteView borrowed);
std::unique_ptr<Reader> memory_reader(Bytes owned);
/// A writer that appends to `out` (borrowed); `on_commit` runs at commit.
std::unique_ptr<Writer> memory_writer(Bytes& out, std::function<void()> on_commit = {});

/// Moves everything from one to the other (without commit); returns the number of bytes.
std::uint64_t copy(Reader& from, Writer& to);
/// Reads to the end. Throws Error{limit} when more than `limit` bytes come.
Bytes read_all(Reader& from, std::uint64_t limit);
/// Reads to the end, into memory that is there; returns the number of bytes. Throws Error{limit} when there are more.
std::size_t read_all(Reader& from, std::span<std::byte> out);

}  // namespace holdfast
