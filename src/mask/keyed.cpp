#include "mask/keyed.hpp"

// A masked row has many short values, and for these the functions that OpenSSL recommends cost twice the hash itself.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <cstring>
#include <optional>

#include "base/big_endian.hpp"
#include "base/digest.hpp"
#include "base/raw.hpp"
#include "holdfast/error.hpp"

namespace holdfast::masking {

namespace {

constexpr std::size_t kKeySize = 32;

void require(bool ok, const char* what) {
  if (!ok) throw Error(ErrorCode::internal, std::string("OpenSSL failed: ") + what);
}

Secret key_for(const Secret& key, const std::string& use) { return hkdf_sha256(key.bytes(), {}, "holdfast/mask/v1/" + use, kKeySize); }

EVP_CIPHER_CTX* new_aes(const Secret& key) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  if (context == nullptr || EVP_EncryptInit_ex(context, EVP_aes_256_ecb(), nullptr, raw(key.bytes()), nullptr) != 1) {
    EVP_CIPHER_CTX_free(context);
    require(false, "AES");
  }
  return context;
}

std::uint64_t value_of(std::span<const char> digits) {
  std::uint64_t value = 0;
  for (const char digit : digits) value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  return value;
}

void put_value(std::span<char> digits, std::uint64_t value) {
  for (std::size_t at = digits.size(); at-- > 0; value /= 10) digits[at] = static_cast<char>('0' + value % 10);
}

std::uint64_t power_of_ten(std::size_t exponent) {
  std::uint64_t power = 1;
  for (std::size_t at = 0; at < exponent; ++at) power *= 10;
  return power;
}

}  // namespace

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

KeyedHash::KeyedHash(const Secret& key, const std::string& use) : begun_(std::make_unique<Begun>(key_for(key, use))) {}

KeyedHash::~KeyedHash() = default;

std::array<std::byte, 32> KeyedHash::of(std::string_view value) {
  std::array<std::byte, SHA256_DIGEST_LENGTH> hash;
  if (const std::optional<std::string_view> known = recent_.find(value)) {
    std::memcpy(hash.data(), known->data(), hash.size());
    return hash;
  }
  SHA256_CTX context = begun_->inner;
  bool ok = SHA256_Update(&context, value.data(), value.size()) == 1 && SHA256_Final(raw(hash.data()), &context) == 1;
  context = begun_->outer;
  ok = ok && SHA256_Update(&context, hash.data(), hash.size()) == 1 && SHA256_Final(raw(hash.data()), &context) == 1;
  require(ok, "SHA-256");
  recent_.put(value, as_text(hash));
  return hash;
}

std::uint64_t KeyedHash::number_of(std::string_view value) { return number_in<std::uint64_t>(of(value)); }

DigitCipher::DigitCipher(const Secret& key, const std::string& use) : context_(new_aes(key_for(key, use))) {}

DigitCipher::~DigitCipher() { EVP_CIPHER_CTX_free(context_); }

void DigitCipher::permute(std::span<char> digits) {
  constexpr std::size_t kBlock = 36;  // half of it fits a number of 64 bits
  std::uint8_t block = 0;
  for (; digits.size() > kBlock; digits = digits.subspan(kBlock)) permute_block(digits.first(kBlock), block++);
  permute_block(digits, block);
}

void DigitCipher::permute_block(std::span<char> digits, std::uint8_t block) {
  constexpr std::uint8_t kRounds = 10;
  const auto size = static_cast<std::uint8_t>(digits.size());
  if (size == 0) return;
  if (size == 1) {  // too short for two halves
    digits[0] = static_cast<char>('0' + (static_cast<std::uint64_t>(digits[0] - '0') + round(0, 1, block, 0, 10)) % 10);
    return;
  }
  const std::size_t left = digits.size() / 2;
  const std::array<std::uint64_t, 2> below = {power_of_ten(left), power_of_ten(digits.size() - left)};
  std::uint64_t a = value_of(digits.first(left)), b = value_of(digits.subspan(left));
  for (std::uint8_t number = 0; number < kRounds; ++number) {
    const std::uint64_t limit = below[number % 2];
    const std::uint64_t sum = a + round(number, size, block, b, limit);
    const std::uint64_t next = sum < limit ? sum : sum - limit;
    a = b;
    b = next;
  }
  put_value(digits.first(left), a);
  put_value(digits.subspan(left), b);
}

std::uint64_t DigitCipher::round(std::uint8_t number, std::uint8_t size, std::uint8_t block, std::uint64_t half, std::uint64_t below) {
  std::array<std::byte, 16> bytes;
  std::byte* at = bytes.data();
  put_number(at, std::uint64_t{number} << 56 | std::uint64_t{size} << 48 | std::uint64_t{block} << 40);
  put_number(at, half);
  int written = 0;
  require(EVP_EncryptUpdate(context_, raw(bytes.data()), &written, raw(bytes.data()), bytes.size()) == 1, "AES");
  constexpr std::uint64_t kNarrow = 1'000'000'000;  // 64 bits are as good as even below it, and much faster to divide
  if (below <= kNarrow) return number_in<std::uint64_t>(bytes) % below;
  const auto wide =
      static_cast<unsigned __int128>(number_in<std::uint64_t>(bytes)) << 64 | number_in<std::uint64_t>(ByteView(bytes).subspan(8));
  return static_cast<std::uint64_t>(wide % below);
}

void append_base32(std::string& out, const std::array<std::byte, 32>& hash, std::size_t characters) {
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
