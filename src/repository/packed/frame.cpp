#include "repository/packed/frame.hpp"

#include <zstd.h>

#include <algorithm>
#include <new>

#include "base/aes_gcm.hpp"
#include "base/big_endian.hpp"
#include "base/digest.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kFrameSaltSize = 32;

Bytes associated_data(const KeyRing& ring, Codec codec, std::size_t plain_bytes) {
  Bytes data = from_hex(ring.repository_id());
  data.push_back(static_cast<std::byte>(codec));
  append_number(data, static_cast<std::uint32_t>(plain_bytes));
  return data;
}

Secret frame_key(const Secret& pack_key, ByteView salt) { return hkdf_sha256(pack_key.bytes(), salt, "frame/v1", 32); }

[[noreturn]] void damaged(const std::string& object, const Frame& frame, const char* why) {
  throw Error(ErrorCode::corrupt, object + ": is damaged: the frame at byte " + std::to_string(frame.offset) + " " + why);
}

}  // namespace

FrameSealer::FrameSealer(const KeyRing& ring, std::optional<int> level, DecodeCheck check, Random& random)
    : ring_(ring),
      random_(random),
      pack_key_(ring.class_key(ring.generation(), "pack")),
      hedge_key_(hkdf_sha256(pack_key_.bytes(), {}, "hedge", 32)) {
  // zstd's checksum is not needed, because the frame is sealed.
  if (level) compressor_.emplace(*level, ZstdChecksum::off, check, kMaxFrame);
}

FrameSealer::Sealed FrameSealer::seal(ByteView plain) {
  ByteView payload = plain;
  Codec codec = Codec::raw;
  if (compressor_) {
    const ByteView compressed = compressor_->compress(plain);
    if (compressed.size() < plain.size()) {
      payload = compressed;
      codec = Codec::zstd;
    }
  }
  // A random generator that repeats itself must not give two payloads the same key: the payload contributes to the
  // salt.
  Bytes seed(kFrameSaltSize);
  random_.fill(seed);
  const Bytes digest = sha256(payload);
  seed.insert(seed.end(), digest.begin(), digest.end());
  const Bytes salt = hmac_sha256(hedge_key_.bytes(), seed);

  stored_.resize(kFrameSaltSize + payload.size() + kGcmTagSize);
  std::copy(salt.begin(), salt.end(), stored_.begin());
  gcm_seal_once(frame_key(pack_key_, salt), associated_data(ring_, codec, plain.size()), payload, stored_.data() + kFrameSaltSize);
  return {stored_, codec};
}

FrameOpener::FrameOpener() : context_(ZSTD_createDCtx()) {
  if (!context_) throw std::bad_alloc();
}

ByteView FrameOpener::open(const KeyRing& ring, std::uint32_t generation, const Frame& frame, ByteView stored, const std::string& object,
                           Bytes& plain) {
  if (stored.size() != frame.stored_bytes || stored.size() <= kFrameOverhead) damaged(object, frame, "is cut short");
  const bool raw = frame.codec == Codec::raw;
  const std::size_t size = stored.size() - kFrameOverhead;
  if (raw && size != frame.plain_bytes) damaged(object, frame, "has another size than its pack says");
  Bytes& payload = raw ? plain : payload_;
  if (payload.size() < size) payload.resize(size);
  const Secret key = frame_key(ring.class_key(generation, "pack"), stored.first(kFrameSaltSize));
  if (!gcm_open_once(key, associated_data(ring, frame.codec, frame.plain_bytes), stored.subspan(kFrameSaltSize), payload.data())) {
    damaged(object, frame, "does not decrypt");
  }
  if (raw) return ByteView(plain).first(size);
  if (plain.size() < frame.plain_bytes) plain.resize(frame.plain_bytes);
  if (ZSTD_decompressDCtx(context_.get(), plain.data(), frame.plain_bytes, payload.data(), size) != frame.plain_bytes) {
    damaged(object, frame, "does not decompress");
  }
  return ByteView(plain).first(frame.plain_bytes);
}

}  // namespace holdfast
