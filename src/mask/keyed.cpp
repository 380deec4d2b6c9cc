#include "mask/keyed.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>

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

EVP_MAC_CTX* new_hmac(const Secret& key) {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(mac);
  EVP_MAC_free(mac);
  char digest[] = "SHA256";  // OSSL_PARAM takes non-const pointers but only reads through them
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  if (context == nullptr || EVP_MAC_init(context, raw(key.bytes()), key.size(), params) != 1) {
    EVP_MAC_CTX_free(context);
    require(false, "HMAC");
  }
  return context;
}

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

KeyedHash::KeyedHash(const Secret& key, const std::string& use) : context_(new_hmac(key_for(key, use))) {}

KeyedHash::~KeyedHash() { EVP_MAC_CTX_free(context_); }

std::array<std::byte, 32> KeyedHash::of(std::string_view value) {
  std::array<std::byte, 32> hash;
  std::size_t size = 0;
  require(EVP_MAC_init(context_, nullptr, 0, nullptr) == 1 && EVP_MAC_update(context_, raw(as_bytes(value)), value.size()) == 1 &&
              EVP_MAC_final(context_, raw(hash.data()), &size, hash.size()) == 1,
          "HMAC");
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
    const std::uint64_t next = (a + round(number, size, block, b, limit)) % limit;
    a = b;
    b = next;
  }
  put_value(digits.first(left), a);
  put_value(digits.subspan(left), b);
}

std::uint64_t DigitCipher::round(std::uint8_t number, std::uint8_t size, std::uint8_t block, std::uint64_t half, std::uint64_t below) {
  std::array<std::byte, 16> bytes{std::byte{number}, std::byte{size}, std::byte{block}};
  std::byte* at = bytes.data() + 8;
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
  unsigned bits = 0, held = 0;
  for (std::size_t at = 0, made = 0; made < characters; ++made) {
    if (held < 5) {
      bits = (bits << 8 | std::to_integer<unsigned>(hash.at(at++))) & 0xFFFF;
      held += 8;
    }
    held -= 5;
    out += kAlphabet[(bits >> held) & 31];
  }
}

}  // namespace holdfast::masking
