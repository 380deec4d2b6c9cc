#include "base/md5.hpp"

#include <openssl/evp.h>

#include <array>

#include "holdfast/error.hpp"

namespace holdfast {

std::string md5_base64(ByteView bytes) {
  std::array<unsigned char, 16> hash{};
  std::array<unsigned char, 25> text{};  // 24 characters and a zero
  if (EVP_Digest(bytes.data(), bytes.size(), hash.data(), nullptr, EVP_md5(), nullptr) != 1)
    throw Error(ErrorCode::internal, "OpenSSL failed: MD5");
  const int length = EVP_EncodeBlock(text.data(), hash.data(), static_cast<int>(hash.size()));
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(length)};
}

}  // namespace holdfast
