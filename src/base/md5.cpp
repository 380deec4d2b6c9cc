#include "base/md5.hpp"

#include <openssl/evp.h>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

void require(bool ok) {
  if (!ok) throw Error(ErrorCode::internal, "OpenSSL failed: MD5");
}

}  // namespace

struct Md5::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Md5::Md5() : state_(std::make_unique<State>()) {
  require(state_->context != nullptr && EVP_DigestInit_ex(state_->context, EVP_md5(), nullptr) == 1);
}
Md5::~Md5() = default;

void Md5::update(ByteView bytes) { require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1); }

Bytes Md5::finish() {
  Bytes out(16);
  require(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1);
  return out;
}

Bytes md5(ByteView bytes) {
  Md5 hash;
  hash.update(bytes);
  return hash.finish();
}

}  // namespace holdfast
