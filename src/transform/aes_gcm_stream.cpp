#include "transform/aes_gcm_stream.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>

#include "base/digest.hpp"
#include "base/raw.hpp"
#include "holdfast/error.hpp"

// The stream: header (its length, salt, nonce prefix), then segments of ciphertext and tag. Every segment except the
// last is full; the header counts into the first. A segment's nonce is the prefix, the segment's number, and whether it
// is the last, so that a dropped, moved or added segment is detected. The key of a stream is derived from the salt; the
// associated data is the info of that derivation.

namespace holdfast {

namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kPrefixSize = 7;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kHeaderSize = 1 + kKeySize + kPrefixSize;
constexpr std::size_t kSegmentSize = 1U << 20;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};

void require(bool ok, const char* what) {
  if (!ok) throw Error(ErrorCode::internal, fmt::format("OpenSSL failed: AES-GCM {}", what));
}

// The cipher of one stream. Holds its derived key and counts its segments.
class SegmentCipher {
 public:
  enum class Direction : int { open = 0, seal = 1 };

  SegmentCipher(const Secret& key, std::string_view associated_data, ByteView header, Direction direction)
      : context_(EVP_CIPHER_CTX_new()) {
    const Secret derived = hkdf_sha256(key.bytes(), header.subspan(1, kKeySize), associated_data, kKeySize);
    require(context_ && EVP_CipherInit_ex2(context_.get(), EVP_aes_256_gcm(), raw(derived.bytes().data()), nullptr,
                                           static_cast<int>(direction), nullptr) == 1,
            "key");
    std::memcpy(nonce_.data(), header.data() + 1 + kKeySize, kPrefixSize);
  }

  std::uint64_t segment() const noexcept { return segment_; }

  // Writes plain.size() bytes and the tag to `out`.
  void seal(ByteView plain, std::byte* out, bool last) {
    start(last);
    update(plain, out);
    int none = 0;
    require(EVP_EncryptFinal_ex(context_.get(), raw(out + plain.size()), &none) == 1, "sealing");
    require(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, out + plain.size()) == 1, "tag");
  }

  // Decrypts a segment in place. Returns false if it is not the sealed segment.
  bool open(std::span<std::byte> sealed, bool last) {
    start(last);
    const auto text = sealed.first(sealed.size() - kTagSize);
    update(text, text.data());
    std::byte* tag = sealed.data() + text.size();
    require(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag) == 1, "tag");
    int none = 0;
    return EVP_DecryptFinal_ex(context_.get(), raw(tag), &none) == 1;
  }

 private:
  void start(bool last) {
    if (segment_ > std::numeric_limits<std::uint32_t>::max()) {
      throw Error(ErrorCode::limit, "an encrypted stream can't have more than 2^32 segments: split it");
    }
    for (std::size_t i = 0; i < 4; ++i) nonce_[kPrefixSize + i] = static_cast<unsigned char>(segment_ >> (24 - 8 * i));
    nonce_[kPrefixSize + 4] = last ? 1 : 0;
    ++segment_;
    // Keeps the key schedule; only the nonce is new.
    require(EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, nonce_.data(), -1, nullptr) == 1, "nonce");
  }

  void update(ByteView in, std::byte* out) {
    if (in.empty()) return;
    int size = 0;
    require(EVP_CipherUpdate(context_.get(), raw(out), &size, raw(in.data()), static_cast<int>(in.size())) == 1, "update");
  }

  std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context_;
  std::array<unsigned char, kPrefixSize + 5> nonce_{};
  std::uint64_t segment_ = 0;
};

class SealingWriter final : public Writer {
 public:
  // `sealed` begins with the header and has room for one segment.
  SealingWriter(std::unique_ptr<Writer> next, SegmentCipher cipher, std::unique_ptr<std::byte[]> sealed, std::size_t segment_size)
      : next_(std::move(next)), cipher_(std::move(cipher)), sealed_(std::move(sealed)), segment_size_(segment_size) {}

  void write(ByteView data) override {
    while (!data.empty()) {
      // Seals a full segment only when more bytes follow: the last segment is sealed as the last.
      if (held_.size() == room()) {
        seal(held_, false);
        held_.clear();
      }
      const std::size_t taken = std::min(room() - held_.size(), data.size());
      if (taken == room() && taken < data.size()) {
        seal(data.first(taken), false);  // straight from the caller's memory
      } else {
        held_.reserve(room());
        held_.insert(held_.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(taken));
      }
      data = data.subspan(taken);
    }
  }

  void commit() override {
    seal(held_, true);
    next_->commit();
  }

 private:
  // Returns the number of plain bytes that a segment has room for.
  std::size_t room() const noexcept { return segment_size_ - kTagSize - before_; }

  void seal(ByteView plain, bool last) {
    cipher_.seal(plain, sealed_.get() + before_, last);
    next_->write({sealed_.get(), before_ + plain.size() + kTagSize});
    before_ = 0;
  }

  std::unique_ptr<Writer> next_;
  SegmentCipher cipher_;
  std::unique_ptr<std::byte[]> sealed_;  // the segment that is written next
  std::size_t segment_size_;
  std::size_t before_ = kHeaderSize;  // bytes before the ciphertext: the header, in the first segment
  Bytes held_;                        // at most a segment's plain bytes, until more follow
};

class OpeningReader final : public Reader {
 public:
  OpeningReader(std::unique_ptr<Reader> from, Secret key, std::string associated_data, std::size_t segment_size)
      : from_(std::move(from)),
        key_(std::move(key)),
        associated_data_(std::move(associated_data)),
        segment_size_(segment_size),
        buffer_(std::make_unique_for_overwrite<std::byte[]>(segment_size + 1)) {}

  std::size_t read(std::span<std::byte> out) override {
    if (out.empty()) return 0;
    while (plain_.empty()) {
      if (last_) return 0;
      open_next();
    }
    const std::size_t count = std::min(out.size(), plain_.size());
    std::memcpy(out.data(), plain_.data(), count);
    plain_ = plain_.subspan(count);
    return count;
  }

 private:
  void open_next() {
    if (!cipher_) open_header();
    const std::uint64_t segment = cipher_->segment();
    const std::size_t full = segment == 0 ? segment_size_ - kHeaderSize : segment_size_;
    // One byte more than the segment tells whether it is the last.
    buffer_[0] = ahead_;
    const std::size_t got = fill(segment == 0 ? 0 : 1, full + 1);
    last_ = got <= full;
    const std::size_t size = std::min(got, full);
    if (size < kTagSize) throw Error(ErrorCode::corrupt, fmt::format("truncated encrypted data: segment {} is incomplete", segment));
    if (!last_) ahead_ = buffer_[full];
    if (!cipher_->open({buffer_.get(), size}, last_)) {
      throw Error(ErrorCode::corrupt,
                  fmt::format("segment {} can't be decrypted: the bytes are damaged or cut, or the key or place is wrong", segment));
    }
    plain_ = {buffer_.get(), size - kTagSize};
  }

  void open_header() {
    if (fill(0, kHeaderSize) != kHeaderSize) throw Error(ErrorCode::corrupt, "truncated encrypted data: the header is incomplete");
    if (buffer_[0] != std::byte{kHeaderSize}) throw Error(ErrorCode::corrupt, "no encrypted data of ours: the header's length is wrong");
    cipher_.emplace(key_, associated_data_, ByteView(buffer_.get(), kHeaderSize), SegmentCipher::Direction::open);
    key_ = Secret();
  }

  // Reads until `size` bytes are in the buffer or the input ends. Returns the number of bytes in the buffer.
  std::size_t fill(std::size_t have, std::size_t size) {
    while (have < size && !ended_) {
      const std::size_t got = from_->read({buffer_.get() + have, size - have});
      ended_ = got == 0;
      have += got;
    }
    return have;
  }

  std::unique_ptr<Reader> from_;
  Secret key_;
  std::string associated_data_;
  std::size_t segment_size_;
  std::unique_ptr<std::byte[]> buffer_;
  std::optional<SegmentCipher> cipher_;
  ByteView plain_;  // verified bytes in the buffer, not returned yet
  std::byte ahead_{};
  bool last_ = false;
  bool ended_ = false;
};

class AesGcm final : public Transform {
 public:
  AesGcm(const Secret& key, std::string_view associated_data, Random& random, std::size_t segment_size)
      : key_(key), associated_data_(associated_data), random_(random), segment_size_(segment_size) {}

  std::string_view name() const noexcept override { return "aes256-gcm-hkdf-1mb"; }
  std::string_view suffix() const noexcept override { return ".enc"; }

  std::unique_ptr<Writer> encode(std::unique_ptr<Writer> next) const override {
    auto sealed = std::make_unique_for_overwrite<std::byte[]>(segment_size_);
    const std::span<std::byte> header(sealed.get(), kHeaderSize);
    header[0] = std::byte{kHeaderSize};
    random_.fill(header.subspan(1));
    SegmentCipher cipher(key_, associated_data_, header, SegmentCipher::Direction::seal);
    return std::make_unique<SealingWriter>(std::move(next), std::move(cipher), std::move(sealed), segment_size_);
  }

  std::unique_ptr<Reader> decode(std::unique_ptr<Reader> from) const override {
    return std::make_unique<OpeningReader>(std::move(from), key_, associated_data_, segment_size_);
  }

 private:
  Secret key_;
  std::string associated_data_;
  Random& random_;
  std::size_t segment_size_;
};

}  // namespace

TransformPtr aes256gcm_with_segments(const Secret& key, std::string_view associated_data, Random& random, std::size_t segment_size) {
  if (key.size() != kKeySize) {
    throw Error(ErrorCode::invalid_argument, fmt::format("an AES-256 key has {} bytes, not {}", kKeySize, key.size()));
  }
  if (segment_size <= kHeaderSize + kTagSize) throw Error(ErrorCode::invalid_argument, "the segment size must be more than 56 bytes");
  return std::make_shared<AesGcm>(key, associated_data, random, segment_size);
}

TransformPtr aes256gcm(const Secret& key, std::string_view associated_data, Random& random) {
  return aes256gcm_with_segments(key, associated_data, random, kSegmentSize);
}

}  // namespace holdfast
