#pragma once

#include <array>
#include <memory>
#include <string>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// SHA-256, incremental.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(ByteView bytes);
  Bytes finish();  ///< 32 bytes; call once
 private:
  struct State;
  std::unique_ptr<State> state_;
};

Bytes sha256(ByteView bytes);
std::string sha256_hex(ByteView bytes);
/// HMAC-SHA256.
Bytes hmac_sha256(ByteView key, ByteView message);
/// HKDF-SHA256 (extract and expand).
Secret hkdf_sha256(ByteView key, ByteView salt, std::string_view info, std::size_t length);
/// Compares in time that depends only on the length.
bool constant_time_equal(ByteView a, ByteView b);

}  // namespace holdfast
