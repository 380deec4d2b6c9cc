#include "base/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "base/evp_digest.hpp"
#include "base/hex.hpp"
#include "base/raw.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

void require(bool ok, const char* what) {
  if (!ok) throw Error(ErrorCode::internal, std::string("OpenSSL failed: ") + what);
}

}  // namespace

struct Sha256::State : EvpDigest {
  State() : EvpDigest(EVP_sha256(), "SHA-256") {}
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(ByteView bytes) { state_->update(bytes); }

Bytes Sha256::finish() { return state_->finish(); }

Bytes sha256(ByteView bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::string sha256_hex(ByteView bytes) { return to_hex(sha256(bytes)); }

Bytes hmac_sha256(ByteView key, ByteView message) {
  Bytes out(32);
  unsigned int size = 0;
  require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), raw(message), message.size(), raw(out.data()), &size) != nullptr,
          "HMAC");
  return out;
}

// OpenSSL refuses a null pointer even for zero bytes.
constexpr std::array<std::byte, 1> kNoSalt{};

Secret hkdf_sha256(ByteView key, ByteView salt, std::string_view info, std::size_t length) {
  EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* context = EVP_KDF_CTX_new(kdf);
  EVP_KDF_free(kdf);
  require(context != nullptr, "HKDF");
  // OSSL_PARAM takes non-const pointers but only reads through them.
  char digest_name[] = "SHA256";
  const auto octets = [](const char* name, const void* data, std::size_t size) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<void*>(data), size);
  };
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest_name, 0),
                               octets(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
                               octets(OSSL_KDF_PARAM_SALT, salt.empty() ? kNoSalt.data() : salt.data(), salt.size()),
                               octets(OSSL_KDF_PARAM_INFO, info.data(), info.size()), OSSL_PARAM_construct_end()};
  Secret out{ByteView(Bytes(length))};
  const int ok = EVP_KDF_derive(context, raw(out.writable().data()), length, params);
  EVP_KDF_CTX_free(context);
  require(ok == 1, "HKDF");
  return out;
}

bool constant_time_equal(ByteView a, ByteView b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

}  // namespace holdfast
