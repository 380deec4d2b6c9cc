#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <memory>

#include "base/base64.hpp"
#include "base/big_endian.hpp"
#include "base/digest.hpp"
#include "base/raw.hpp"
#include "holdfast/envelope.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::byte kFernetVersion{0x80};
constexpr std::size_t kFernetKeySize = 32, kHalf = 16, kBlock = 16, kMac = 32;
constexpr std::size_t kAtTime = 1, kAtIv = 9, kAtText = 25;
constexpr std::chrono::seconds kMaxSkew{60};

[[noreturn]] void refuse_token(const char* why) { throw Error(ErrorCode::corrupt, std::string("the Fernet token ") + why); }

void require(bool ok) {
  if (!ok) throw Error(ErrorCode::internal, "OpenSSL failed: AES-CBC");
}

enum class Direction : int { open = 0, seal = 1 };

// AES-128-CBC with PKCS#7 padding. Returns nothing if the padding is wrong.
std::optional<Secret> cbc(const Secret& key, ByteView iv, ByteView in, Direction direction) {
  const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  require(cipher && EVP_CipherInit_ex2(cipher.get(), EVP_aes_128_cbc(), raw(key.bytes().subspan(kHalf)), raw(iv),
                                       static_cast<int>(direction), nullptr) == 1);
  Secret out{Bytes(in.size() + kBlock)};
  unsigned char* const begin = raw(out.writable().data());
  int size = 0, rest = 0;
  require(EVP_CipherUpdate(cipher.get(), begin, &size, raw(in), static_cast<int>(in.size())) == 1);
  if (EVP_CipherFinal_ex(cipher.get(), begin + size, &rest) != 1) return std::nullopt;
  return Secret(out.bytes().first(static_cast<std::size_t>(size + rest)));
}

Bytes mac_of(const Secret& key, ByteView signed_part) { return hmac_sha256(key.bytes().first(kHalf), signed_part); }

Secret fernet_key(const Secret& text) {
  try {
    if (text.size() % 4 != 0) throw Error(ErrorCode::invalid_argument, "not padded");
    Bytes bytes = from_base64url(as_text(text.bytes()));
    Secret key{bytes};
    OPENSSL_cleanse(bytes.data(), bytes.size());
    if (key.size() == kFernetKeySize) return key;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
  }
  throw Error(ErrorCode::invalid_argument, "a Fernet key is 32 bytes in padded base64url (44 characters)");
}

Bytes token_bytes(std::string_view token) {
  try {
    if (token.size() % 4 != 0) refuse_token("is damaged: its base64url has no padding");
    return from_base64url(token);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    refuse_token("is damaged: not base64url");
  }
}

// Compares in seconds, as tokens do: a time near the end of the range must not overflow.
void check_age(std::uint64_t sealed_at, const Fernet::Age& age) {
  const auto now = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(age.now).time_since_epoch().count());
  if (sealed_at > now + static_cast<std::uint64_t>(kMaxSkew.count())) refuse_token("is of the future: compare the clocks");
  if (sealed_at + static_cast<std::uint64_t>(age.ttl.count()) < now) refuse_token("is too old");
}

}  // namespace

Fernet::Fernet(const std::vector<Secret>& keys) {
  if (keys.empty()) throw Error(ErrorCode::invalid_argument, "Fernet needs at least one key");
  for (const Secret& key : keys) keys_.push_back(fernet_key(key));
}

std::string Fernet::seal(ByteView secret, TimePoint now, Random& random) const {
  if (secret.size() > kLimit) throw Error(ErrorCode::limit, "a secret of " + std::to_string(secret.size()) + " bytes: at most 16 MiB");
  const Secret& key = keys_.front();
  Bytes token{kFernetVersion};
  append_number(token, static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count()));
  token.resize(kAtText);
  random.fill(std::span(token).subspan(kAtIv));
  const Secret text = cbc(key, ByteView(token).subspan(kAtIv), secret, Direction::seal).value();
  token.insert(token.end(), text.bytes().begin(), text.bytes().end());
  const Bytes mac = mac_of(key, token);
  token.insert(token.end(), mac.begin(), mac.end());
  return to_base64url_padded(token);
}

Secret Fernet::open(std::string_view token, const std::optional<Age>& age) const {
  const Bytes bytes = token_bytes(token);
  if (bytes.size() < kAtText + kBlock + kMac || (bytes.size() - kAtText) % kBlock != 0) refuse_token("is damaged: no token has this size");
  if (bytes.front() != kFernetVersion) refuse_token("is damaged, or of an unknown version");
  const ByteView signed_part = ByteView(bytes).first(bytes.size() - kMac), mac = ByteView(bytes).last(kMac);
  for (const Secret& key : keys_) {
    if (!constant_time_equal(mac_of(key, signed_part), mac)) continue;
    if (age) check_age(number_in<std::uint64_t>(signed_part.subspan(kAtTime)), *age);
    auto secret = cbc(key, signed_part.subspan(kAtIv, kBlock), signed_part.subspan(kAtText), Direction::open);
    if (!secret) refuse_token("is damaged: its padding is wrong");
    return std::move(*secret);
  }
  refuse_token("does not open: it is changed, or was sealed with another key");
}

}  // namespace holdfast
