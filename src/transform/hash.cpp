#include <optional>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/xxh3.hpp"
#include "holdfast/transform.hpp"

namespace holdfast {

namespace {

using Done = std::function<void(const Digest&)>;

class Hasher {
 public:
  explicit Hasher(HashKind kind) {
    if (kind == HashKind::sha256) sha256_.emplace();
    if (kind == HashKind::xxh3) xxh3_.emplace();
  }

  void update(ByteView bytes) {
    bytes_ += bytes.size();
    if (sha256_) sha256_->update(bytes);
    if (xxh3_) xxh3_->update(bytes);
  }

  Digest finish() {
    Digest digest{.bytes = bytes_};
    if (sha256_) digest.sha256 = to_hex(sha256_->finish());
    if (xxh3_) digest.xxh3 = to_hex(xxh3_->finish());
    return digest;
  }

 private:
  std::uint64_t bytes_ = 0;
  std::optional<Sha256> sha256_;
  std::optional<Xxh3> xxh3_;
};

class HashingWriter final : public Writer {
 public:
  HashingWriter(std::unique_ptr<Writer> next, HashKind kind, Done done) : next_(std::move(next)), hasher_(kind), done_(std::move(done)) {}
  void write(ByteView data) override {
    hasher_.update(data);
    next_->write(data);
  }
  void commit() override {
    next_->commit();
    if (done_) done_(hasher_.finish());
  }

 private:
  std::unique_ptr<Writer> next_;
  Hasher hasher_;
  Done done_;
};

class HashingReader final : public Reader {
 public:
  HashingReader(std::unique_ptr<Reader> from, HashKind kind, Done done) : from_(std::move(from)), hasher_(kind), done_(std::move(done)) {}
  std::size_t read(std::span<std::byte> out) override {
    if (out.empty()) return 0;
    const std::size_t got = from_->read(out);
    hasher_.update(out.first(got));
    if (got == 0 && done_) done_(hasher_.finish());
    return got;
  }

 private:
  std::unique_ptr<Reader> from_;
  Hasher hasher_;
  Done done_;
};

class Hash final : public Transform {
 public:
  Hash(HashKind kind, Done done) : kind_(kind), done_(std::move(done)) {}
  std::string_view name() const noexcept override { return "hash"; }
  std::string_view suffix() const noexcept override { return ""; }
  std::unique_ptr<Writer> encode(std::unique_ptr<Writer> next) const override {
    return std::make_unique<HashingWriter>(std::move(next), kind_, done_);
  }
  std::unique_ptr<Reader> decode(std::unique_ptr<Reader> from) const override {
    return std::make_unique<HashingReader>(std::move(from), kind_, done_);
  }

 private:
  HashKind kind_;
  Done done_;
};

}  // namespace

TransformPtr hash(HashKind kind, std::function<void(const Digest&)> done) { return std::make_shared<Hash>(kind, std::move(done)); }

}  // namespace holdfast
