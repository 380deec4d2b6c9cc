#include "base/aes_gcm.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "base/raw.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

enum class Direction : int { open = 0, seal = 1 };

void require(bool ok) {
  if (!ok) throw Error(ErrorCode::internal, "OpenSSL failed: AES-GCM");
}

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)>;

Cipher begin(const Secret& key, ByteView associated_data, Direction direction) {
  constexpr std::array<unsigned char, 12> nonce{};
  Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  require(cipher &&
          EVP_CipherInit_ex2(cipher.get(), EVP_aes_256_gcm(), raw(key.bytes()), nonce.data(), static_cast<int>(direction), nullptr) == 1);
  int size = 0;
  if (!associated_data.empty()) {
    require(EVP_CipherUpdate(cipher.get(), nullptr, &size, raw(associated_data), static_cast<int>(associated_data.size())) == 1);
  }
  return cipher;
}

void update(const Cipher& cipher, ByteView in, std::byte* out) {
  int size = 0;
  if (!in.empty()) require(EVP_CipherUpdate(cipher.get(), raw(out), &size, raw(in), static_cast<int>(in.size())) == 1);
}

}  // namespace

void gcm_seal_once(const Secret& key, ByteView associated_data, ByteView plain, std::byte* out) {
  const Cipher cipher = begin(key, associated_data, Direction::seal);
  update(cipher, plain, out);
  std::byte* tag = out + plain.size();
  int none = 0;
  require(EVP_CipherFinal_ex(cipher.get(), raw(tag), &none) == 1);
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kGcmTagSize, tag) == 1);
}

bool gcm_open_once(const Secret& key, ByteView associated_data, ByteView sealed, std::byte* out) {
  if (sealed.size() < kGcmTagSize) return false;
  const Cipher cipher = begin(key, associated_data, Direction::open);
  const ByteView text = sealed.first(sealed.size() - kGcmTagSize);
  update(cipher, text, out);
  std::array<std::byte, kGcmTagSize> tag;
  std::copy(sealed.end() - kGcmTagSize, sealed.end(), tag.begin());
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kGcmTagSize, tag.data()) == 1);
  int none = 0;
  return EVP_CipherFinal_ex(cipher.get(), raw(tag.data()), &none) == 1;
}

}  // namespace holdfast
