#include "base/rsa.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

template <auto free>
struct Free {
  void operator()(auto* thing) const noexcept { free(thing); }
};

}  // namespace

Bytes sign_rs256(ByteView pem, ByteView message) {
  const std::unique_ptr<BIO, Free<BIO_free_all>> source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>> key(PEM_read_bio_PrivateKey(source.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();  // an error left in the queue would look like the host's own
  if (!key || EVP_PKEY_is_a(key.get(), "RSA") != 1) throw Error(ErrorCode::invalid_argument, "not a private RSA key in PEM");
  const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())));
  std::size_t size = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(message.data()), message.size()) != 1)
    throw Error(ErrorCode::internal, "OpenSSL failed: RS256");
  signature.resize(size);
  return signature;
}

}  // namespace holdfast
