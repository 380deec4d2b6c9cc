#include "base/ed25519.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/raw.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kEd25519Key = 32, kEd25519Signature = 64;

struct FreePkey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using Pkey = std::unique_ptr<EVP_PKEY, FreePkey>;

struct FreeMd {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

void require_ed25519(bool ok) {
  if (!ok) throw Error(ErrorCode::internal, "OpenSSL failed: Ed25519");
}

Pkey read_private(const Secret& key) {
  if (key.size() == kEd25519Key) return Pkey(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(key.bytes()), key.size()));
  struct FreeBio {
    void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
  };
  const std::unique_ptr<BIO, FreeBio> source(BIO_new_mem_buf(key.bytes().data(), static_cast<int>(key.size())));
  // Never asks on a terminal for the password of an encrypted key.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  Pkey read(PEM_read_bio_PrivateKey(source.get(), nullptr, no_password, nullptr));
  ERR_clear_error();  // an error left in the queue would look like the host's own
  return read && EVP_PKEY_is_a(read.get(), "ED25519") == 1 ? std::move(read) : nullptr;
}

}  // namespace

struct Ed25519Key::State {
  explicit State(EVP_PKEY* owned) : key(owned) {}
  ~State() { EVP_PKEY_free(key); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  EVP_PKEY* const key;
};

Ed25519Key::Ed25519Key(const Secret& private_key) {
  Pkey key = read_private(private_key);
  if (!key)
    throw Error(ErrorCode::invalid_argument,
                "not an Ed25519 private key: give 32 bytes, or PEM without a password, as `openssl genpkey -algorithm ed25519` writes it");
  state_ = std::make_shared<const State>(key.release());
}

Bytes Ed25519Key::public_key() const {
  Bytes out(kEd25519Key);
  std::size_t size = out.size();
  require_ed25519(EVP_PKEY_get_raw_public_key(state_->key, raw(out.data()), &size) == 1 && size == out.size());
  return out;
}

Bytes Ed25519Key::sign(ByteView message) const {
  const std::unique_ptr<EVP_MD_CTX, FreeMd> context(EVP_MD_CTX_new());
  Bytes signature(kEd25519Signature);
  std::size_t size = signature.size();
  require_ed25519(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, state_->key) == 1 &&
                  EVP_DigestSign(context.get(), raw(signature.data()), &size, raw(message), message.size()) == 1 &&
                  size == signature.size());
  return signature;
}

bool ed25519_verifies(ByteView public_key, ByteView message, ByteView signature) {
  if (public_key.size() != kEd25519Key || signature.size() != kEd25519Signature) return false;
  const Pkey key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(public_key), public_key.size()));
  const std::unique_ptr<EVP_MD_CTX, FreeMd> context(EVP_MD_CTX_new());
  const bool verifies = key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                        EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message), message.size()) == 1;
  ERR_clear_error();
  return verifies;
}

}  // namespace holdfast
