#pragma once

#include <openssl/evp.h>

#include <string>

#include "base/raw.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

/// One of OpenSSL's digests, incremental.
class EvpDigest {
 public:
  /// `name` is for messages.
  EvpDigest(const EVP_MD* kind, const char* name) : name_(name) {
    require(context_ != nullptr && EVP_DigestInit_ex(context_, kind, nullptr) == 1);
  }
  ~EvpDigest() { EVP_MD_CTX_free(context_); }
  EvpDigest(const EvpDigest&) = delete;
  EvpDigest& operator=(const EvpDigest&) = delete;

  void update(ByteView bytes) { require(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1); }
  /// Call once.
  Bytes finish() {
    Bytes out(static_cast<std::size_t>(EVP_MD_CTX_get_size(context_)));
    require(EVP_DigestFinal_ex(context_, raw(out.data()), nullptr) == 1);
    return out;
  }

 private:
  void require(bool ok) const {
    if (!ok) throw Error(ErrorCode::internal, std::string("OpenSSL failed: ") + name_);
  }

  const char* name_;
  EVP_MD_CTX* context_ = EVP_MD_CTX_new();
};

}  // namespace holdfast
