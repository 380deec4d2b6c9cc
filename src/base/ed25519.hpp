#pragma once

#include <memory>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// An Ed25519 private key (RFC 8032). Immutable; safe from any thread.
class Ed25519Key {
 public:
  /// Takes 32 bytes, or PEM (PKCS#8). Throws Error{invalid_argument} for anything else, without a word of it.
  explicit Ed25519Key(const Secret& private_key);
  Bytes public_key() const;            ///< 32 bytes
  Bytes sign(ByteView message) const;  ///< 64 bytes

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

/// Returns false for any signature that the owner of that public key did not make, and for a key that is none.
bool ed25519_verifies(ByteView public_key, ByteView message, ByteView signature);

}  // namespace holdfast
