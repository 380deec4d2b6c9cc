#include <algorithm>
#include <cstring>

#include "holdfast/error.hpp"
#include "holdfast/io.hpp"

namespace holdfast {

namespace {

class MemoryReader final : public Reader {
 public:
  explicit MemoryReader(ByteView bytes) : rest_(bytes) {}
  explicit MemoryReader(Bytes bytes) : owned_(std::move(bytes)), rest_(owned_) {}

  std::size_t read(std::span<std::byte> out) override {
    const std::size_t count = std::min(out.size(), rest_.size());
    if (count != 0) std::memcpy(out.data(), rest_.data(), count);
    rest_ = rest_.subspan(count);
    return count;
  }

 private:
  Bytes owned_;
  ByteView rest_;
};

class MemoryWriter final : public Writer {
 public:
  MemoryWriter(Bytes& out, std::function<void()> on_commit) : out_(out), on_commit_(std::move(on_commit)) {}
  void write(ByteView data) override { out_.insert(out_.end(), data.begin(), data.end()); }
  void commit() override {
    if (on_commit_) on_commit_();
  }

 private:
  Bytes& out_;
  std::function<void()> on_commit_;
};

constexpr std::size_t kCopyBuffer = 256U << 10, kSmallBuffer = 4U << 10;

}  // namespace

std::unique_ptr<Reader> memory_reader(ByteView borrowed) { return std::make_unique<MemoryReader>(borrowed); }
std::unique_ptr<Reader> memory_reader(Bytes owned) { return std::make_unique<MemoryReader>(std::move(owned)); }

std::unique_ptr<Writer> memory_writer(Bytes& out, std::function<void()> on_commit) {
  return std::make_unique<MemoryWriter>(out, std::move(on_commit));
}

std::uint64_t copy(Reader& from, Writer& to) {
  Bytes buffer(kCopyBuffer);
  std::uint64_t total = 0;
  while (const std::size_t got = from.read(buffer)) {
    to.write(ByteView(buffer).first(got));
    total += got;
  }
  return total;
}

Bytes read_all(Reader& from, std::uint64_t limit) {
  Bytes all;
  Bytes buffer(kSmallBuffer);  // most streams are small
  while (const std::size_t got = from.read(buffer)) {
    if (all.size() + got > limit) throw Error(ErrorCode::limit, "more than the allowed " + std::to_string(limit) + " bytes");
    all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got));
    if (got == kSmallBuffer) buffer.resize(kCopyBuffer);
  }
  return all;
}

std::size_t read_all(Reader& from, std::span<std::byte> out) {
  std::size_t filled = 0;
  std::byte more{};
  while (filled != out.size()) {
    const std::size_t got = from.read(out.subspan(filled));
    if (got == 0) return filled;
    filled += got;
  }
  if (from.read({&more, 1}) != 0) throw Error(ErrorCode::limit, "more than the allowed " + std::to_string(out.size()) + " bytes");
  return filled;
}

}  // namespace holdfast
