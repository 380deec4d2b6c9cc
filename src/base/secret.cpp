#include <openssl/crypto.h>

#include <utility>

#include "holdfast/bytes.hpp"

namespace holdfast {

Secret::Secret(ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}
Secret::Secret(std::string_view text) : Secret(as_bytes(text)) {}
Secret::Secret(const Secret&) = default;
Secret::Secret(Secret&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) *this = Secret(other);
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    bytes_ = std::exchange(other.bytes_, {});
  }
  return *this;
}

Secret::~Secret() { wipe(); }

void Secret::wipe() noexcept {
  if (!bytes_.empty()) OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

}  // namespace holdfast
