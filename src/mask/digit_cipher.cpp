#include "mask/digit_cipher.hpp"

#include <openssl/evp.h>

#include <array>
#include <utility>

#include "base/big_endian.hpp"
#include "base/raw.hpp"
#include "holdfast/error.hpp"
#include "mask/keyed.hpp"

namespace holdfast::masking {

namespace {

constexpr std::size_t kAesBlock = 16;
constexpr std::size_t kBlocksAtOnce = 64;

void require_aes(bool ok) {
  if (!ok) throw Error(ErrorCode::internal, "OpenSSL failed: AES");
}

EVP_CIPHER_CTX* new_aes(const Secret& key) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  if (context == nullptr || EVP_EncryptInit_ex(context, EVP_aes_256_ecb(), nullptr, raw(key.bytes()), nullptr) != 1) {
    EVP_CIPHER_CTX_free(context);
    require_aes(false);
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

constexpr auto kPowersOfTen = [] {
  std::array<std::uint64_t, 19> powers{1};
  for (std::size_t at = 1; at < powers.size(); ++at) powers[at] = powers[at - 1] * 10;
  return powers;
}();

// Writes the input of a round's AES, and returns the place after it.
std::byte* put_input(std::byte* at, std::uint8_t round, std::uint8_t size, std::uint8_t place, std::uint64_t half) {
  put_number(at, std::uint64_t{round} << 56 | std::uint64_t{size} << 48 | std::uint64_t{place} << 40);
  put_number(at, half);
  return at;
}

// Returns a number of at most `digits` digits. 64 bits are as good as even for up to nine, and much faster to divide,
// by a constant above all.
std::uint64_t number_of_digits(ByteView block, std::size_t digits) {
  const auto narrow = number_in<std::uint64_t>(block);
  switch (digits) {
    case 1: return narrow % 10;
    case 2: return narrow % 100;
    case 3: return narrow % 1'000;
    case 4: return narrow % 10'000;
    case 5: return narrow % 100'000;
    case 6: return narrow % 1'000'000;
    case 7: return narrow % 10'000'000;
    case 8: return narrow % 100'000'000;
    case 9: return narrow % 1'000'000'000;
    default: break;
  }
  const auto wide = static_cast<unsigned __int128>(narrow) << 64 | number_in<std::uint64_t>(block.subspan(8));
  return static_cast<std::uint64_t>(wide % kPowersOfTen[digits]);
}

}  // namespace

/// Up to 36 digits between the rounds, as two numbers.
struct DigitCipher::Block {
  std::span<char> digits;
  std::uint8_t place = 0;                // in the text
  std::array<std::uint8_t, 2> sizes{};   // in digits, of the left and the right half
  std::array<std::uint64_t, 2> below{};  // their limits
  std::uint64_t a = 0, b = 0;

  std::size_t left() const noexcept { return digits.size() / 2; }
};

DigitCipher::DigitCipher(const Secret& key, const std::string& use)
    : inputs_(kBlocksAtOnce * kAesBlock), context_(new_aes(key_for(key, use))) {}

DigitCipher::~DigitCipher() { EVP_CIPHER_CTX_free(context_); }

void DigitCipher::permute(std::span<const std::span<char>> texts) {
  constexpr std::size_t kLongest = 36;  // half of it fits a number of 64 bits
  blocks_.clear();
  for (std::span<char> digits : texts) {
    std::uint8_t place = 0;
    for (; digits.size() > kLongest; digits = digits.subspan(kLongest)) add(digits.first(kLongest), place++);
    add(digits, place);
  }
  permute_blocks();
}

void DigitCipher::add(std::span<char> digits, std::uint8_t place) {
  if (digits.empty()) return;
  if (digits.size() == 1) {  // too short for two halves
    const std::span bytes = std::span(inputs_).first(kAesBlock);
    put_input(bytes.data(), 0, 1, place, 0);
    encrypt(bytes);
    digits[0] = static_cast<char>('0' + (value_of(digits) + number_of_digits(bytes, 1)) % 10);
    return;
  }
  if (blocks_.size() == kBlocksAtOnce) permute_blocks();
  const std::size_t left = digits.size() / 2;
  blocks_.push_back({.digits = digits,
                     .place = place,
                     .sizes = {static_cast<std::uint8_t>(left), static_cast<std::uint8_t>(digits.size() - left)},
                     .below = {kPowersOfTen[left], kPowersOfTen[digits.size() - left]},
                     .a = value_of(digits.first(left)),
                     .b = value_of(digits.subspan(left))});
}

void DigitCipher::permute_blocks() {
  constexpr std::uint8_t kRounds = 10;
  if (blocks_.empty()) return;
  const std::span bytes = std::span(inputs_).first(blocks_.size() * kAesBlock);
  for (std::uint8_t round = 0; round < kRounds; ++round) {
    std::byte* input = bytes.data();
    for (const Block& block : blocks_)
      input = put_input(input, round, static_cast<std::uint8_t>(block.digits.size()), block.place, block.b);
    encrypt(bytes);
    const std::byte* output = bytes.data();
    for (Block& block : blocks_) {
      const std::uint64_t limit = block.below[round % 2];
      const std::uint64_t sum = block.a + number_of_digits({output, kAesBlock}, block.sizes[round % 2]);
      block.a = std::exchange(block.b, sum < limit ? sum : sum - limit);
      output += kAesBlock;
    }
  }
  for (const Block& block : blocks_) {
    put_value(block.digits.first(block.left()), block.a);
    put_value(block.digits.subspan(block.left()), block.b);
  }
  blocks_.clear();
}

void DigitCipher::encrypt(std::span<std::byte> bytes) {
  int written = 0;
  require_aes(EVP_EncryptUpdate(context_, raw(bytes.data()), &written, raw(bytes.data()), static_cast<int>(bytes.size())) == 1);
}

}  // namespace holdfast::masking
