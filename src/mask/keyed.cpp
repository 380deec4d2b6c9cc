#include "mask/keyed.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/big_endian.hpp"
#include "base/digest.hpp"
#include "base/raw.hpp"
#include "holdfast/error.hpp"

// A masked row has many short values, and for these the functions that OpenSSL recommends cost twice the hash itself.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace holdfast::masking {

namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kHashesAtOnce = 64;
constexpr std::size_t kLongestShort = SHA256_CBLOCK - 1 - sizeof(std::uint64_t);

void require(bool ok, const char* what) {
  if (!ok) throw Error(ErrorCode::internal, std::string("OpenSSL failed: ") + what);
}

}  // namespace

Secret key_for(const Secret& key, const std::string& use) { return hkdf_sha256(key.bytes(), {}, "holdfast/mask/v1/" + use, kKeySize); }

/// SHA-256 after one block, the key: HMAC (RFC 2104) continues from there.
struct KeyedHash::Begun {
  SHA256_CTX inner, outer;

  explicit Begun(const Secret& key) {
    begin(inner, key, 0x36);
    begin(outer, key, 0x5C);
  }
  ~Begun() { OPENSSL_cleanse(this, sizeof *this); }
  Begun(const Begun&) = delete;
  Begun& operator=(const Begun&) = delete;

 private:
  static void begin(SHA256_CTX& context, const Secret& key, std::uint8_t pad) {
    std::array<unsigned char, SHA256_CBLOCK> block{};
    std::memcpy(block.data(), key.bytes().data(), key.size());  // shorter than the block
    for (unsigned char& byte : block) byte ^= pad;
    require(SHA256_Init(&context) == 1 && SHA256_Update(&context, block.data(), block.size()) == 1, "SHA-256");
    OPENSSL_cleanse(block.data(), block.size());
  }
};

struct KeyedHash::Short {
  Short(std::string_view of, Hash* to) : value(of), hash(to) {}

  std::string_view value;
  Hash* hash;  // where it goes
  SHA256_CTX state;
  std::array<unsigned char, SHA256_CBLOCK> block;

  // Ends the text, which has `size` bytes after the block with the key.
  void pad(std::size_t size) {
    std::fill(block.begin() + size, block.end(), std::uint8_t{0});
    block[size] = 0x80;
    auto* bits = std::as_writable_bytes(std::span(block)).last(sizeof(std::uint64_t)).data();
    put_number(bits, std::uint64_t{8 * (SHA256_CBLOCK + size)});
  }
  void put_state(std::byte* at) const {
    for (const SHA_LONG word : state.h) put_number(at, std::uint32_t{word});
  }
  void continue_from(const SHA256_CTX& begun) { std::ranges::copy(begun.h, state.h); }
  void run() { SHA256_Transform(&state, block.data()); }
};

KeyedHash::KeyedHash(const Secret& key, const std::string& use) : begun_(std::make_unique<Begun>(key_for(key, use))) {}

KeyedHash::~KeyedHash() = default;

KeyedHash::Hash KeyedHash::of(std::string_view value) { return of_all({&value, 1})[0]; }

std::span<const KeyedHash::Hash> KeyedHash::of_all(std::span<const std::string_view> values) {
  hashes_.resize(values.size());
  short_.clear();
  for (std::size_t at = 0; at < values.size(); ++at) {
    const std::string_view value = values[at];
    if (const std::optional<std::string_view> known = recent_.find(value)) {
      std::memcpy(hashes_[at].data(), known->data(), known->size());
    } else if (value.size() <= kLongestShort) {
      if (short_.size() == kHashesAtOnce) hash_short();
      short_.emplace_back(value, &hashes_[at]);
    } else {
      hashes_[at] = hash_long(value);
      recent_.put(value, as_text(hashes_[at]));
    }
  }
  hash_short();
  return hashes_;
}

// In two loops, so that neighbours in each do not depend on each other.
void KeyedHash::hash_short() {
  for (Short& one : short_) {
    std::ranges::copy(one.value, one.block.begin());
    one.pad(one.value.size());
    one.continue_from(begun_->inner);
    one.run();
  }
  for (Short& one : short_) {
    one.put_state(std::as_writable_bytes(std::span(one.block)).data());
    one.pad(SHA256_DIGEST_LENGTH);
    one.continue_from(begun_->outer);
    one.run();
  }
  for (const Short& one : short_) {
    one.put_state(one.hash->data());
    recent_.put(one.value, as_text(*one.hash));
  }
  short_.clear();
}

KeyedHash::Hash KeyedHash::hash_long(std::string_view value) const {
  Hash hash;
  SHA256_CTX context = begun_->inner;
  bool ok = SHA256_Update(&context, value.data(), value.size()) == 1 && SHA256_Final(raw(hash.data()), &context) == 1;
  context = begun_->outer;
  ok = ok && SHA256_Update(&context, hash.data(), hash.size()) == 1 && SHA256_Final(raw(hash.data()), &context) == 1;
  require(ok, "SHA-256");
  return hash;
}

std::uint64_t KeyedHash::number_of(std::string_view value) { return number_in<std::uint64_t>(of(value)); }

void append_base32(std::string& out, const KeyedHash::Hash& hash, std::size_t characters) {
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::array<char, 26> text;
  unsigned bits = 0, held = 0;
  for (std::size_t at = 0, made = 0; made < characters; ++made) {
    if (held < 5) {
      bits = (bits << 8 | std::to_integer<unsigned>(hash.at(at++))) & 0xFFFF;
      held += 8;
    }
    held -= 5;
    text.at(made) = kAlphabet[(bits >> held) & 31];
  }
  out.append(text.data(), characters);
}

}  // namespace holdfast::masking

#pragma GCC diagnostic pop
