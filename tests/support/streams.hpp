#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "holdfast/error.hpp"
#include "holdfast/transform.hpp"

// Streams in tiny and odd pieces, and data to send through them.
namespace holdfast::test {

using Rng = std::mt19937_64;

inline Bytes noise(std::size_t size, std::uint64_t seed) {
  Rng rng(seed);
  Bytes bytes(size);
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::byte>(rng()); });
  return bytes;
}

inline std::string random_text(std::size_t size, std::uint64_t seed) {
  Rng rng(seed);
  std::string text(size, '\0');
  for (char& letter : text) letter = static_cast<char>('a' + rng() % 26);
  return text;
}

/// Rows as COPY writes them: compresses about 3:1.
inline Bytes rows(std::size_t size, std::uint64_t seed) {
  Rng rng(seed);
  std::string text;
  while (text.size() < size) text += std::to_string(rng() % 100000) + "\tpending\t2024-05-0" + std::to_string(rng() % 9) + "\t\\N\n";
  text.resize(size);
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

/// Returns 1 to `max_piece` bytes per read.
class DribblingReader final : public Reader {
 public:
  DribblingReader(ByteView rest, Rng& rng, std::size_t max_piece) : rest_(rest), rng_(rng), max_piece_(max_piece) {}
  std::size_t read(std::span<std::byte> out) override {
    const std::size_t count = std::min({out.size(), rest_.size(), 1 + rng_() % max_piece_});
    std::copy_n(rest_.begin(), count, out.begin());
    rest_ = rest_.subspan(count);
    return count;
  }

 private:
  ByteView rest_;
  Rng& rng_;
  std::size_t max_piece_;
};

/// Fails with `error` after `good` successful calls: like a full disk, or a broken connection.
class FailingWriter final : public Writer {
 public:
  FailingWriter(int good, Error error) : good_(good), error_(std::move(error)) {}
  void write(ByteView) override { count(); }
  void commit() override { count(); }

 private:
  void count() {
    if (good_-- == 0) throw error_;
  }
  int good_;
  Error error_;
};

class FailingReader final : public Reader {
 public:
  FailingReader(std::unique_ptr<Reader> good, Error error) : good_(std::move(good)), error_(std::move(error)) {}
  std::size_t read(std::span<std::byte> out) override {
    const std::size_t got = good_->read(out);
    if (got == 0 && !out.empty()) throw error_;
    return got;
  }

 private:
  std::unique_ptr<Reader> good_;
  Error error_;
};

/// Random bytes that are not secret: the same on every run.
class CountingRandom final : public Random {
 public:
  explicit CountingRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::byte> out) override {
    for (std::byte& byte : out) byte = bytes_[next_++ % bytes_.size()];
  }

 private:
  Bytes bytes_;
  std::size_t next_ = 0;
};

inline void write_in_pieces(Writer& to, ByteView data, Rng& rng, std::size_t max_piece) {
  while (!data.empty()) {
    const std::size_t count = std::min<std::size_t>(data.size(), 1 + rng() % max_piece);
    to.write(data.first(count));
    data = data.subspan(count);
  }
}

inline Bytes read_in_pieces(Reader& from, Rng& rng, std::size_t max_piece) {
  Bytes all, buffer(max_piece);
  while (const std::size_t got = from.read(std::span(buffer).first(1 + rng() % max_piece))) {
    all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got));
  }
  return all;
}

inline Bytes encode(const Transform& transform, ByteView plain) {
  Bytes out;
  const auto writer = transform.encode(memory_writer(out));
  if (!plain.empty()) writer->write(plain);
  writer->commit();
  return out;
}

inline Bytes decode(const Transform& transform, ByteView encoded) {
  return read_all(*transform.decode(memory_reader(encoded)), std::uint64_t{1} << 30);
}

/// Returns the code of the Error that `call` throws; none if it throws none.
inline std::optional<ErrorCode> code_thrown(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

}  // namespace holdfast::test
