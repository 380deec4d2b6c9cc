#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/bytes.hpp"
#include "holdfast/clock.hpp"
#include "holdfast/random.hpp"

// Small secrets of a host at rest: credentials in its database, tokens in its files. docs/envelope.md describes every
// byte. Both classes are immutable and safe from any thread.

namespace holdfast {

/// A key with the id by which sealed texts name it.
struct EnvelopeKey {
  std::string id;  ///< 1-64 of A-Z a-z 0-9 _ -
  Secret key;      ///< 32 bytes
};

/// Seals secrets with AES-256-GCM, each under a key of its own. The first key seals; every key opens. To change keys:
/// put the new one first, `rotate` every stored text, then leave the old key out.
class Envelope {
 public:
  static constexpr std::size_t kLimit = 16U << 20;  ///< bytes of one secret

  /// Throws Error{invalid_argument} for no key, a key of another size, and an id that is not allowed or used twice.
  explicit Envelope(std::vector<EnvelopeKey> keys);

  /// Returns printable text: "hfe1.", the id of the key, ".", base64url. `purpose` (may be empty) is not stored: the
  /// text opens only for the same purpose, so that nobody can exchange two rows of a table. Throws Error{limit}.
  std::string seal(ByteView secret, std::string_view purpose, Random& random = system_random()) const;
  /// Throws Error{wrong_key} if the text names a key that is not here, Error{corrupt} if it is changed, cut or for
  /// another purpose.
  Secret open(std::string_view sealed, std::string_view purpose) const;

  /// Returns whether the first key sealed this text. Throws Error{corrupt} if it is no such text.
  bool is_current(std::string_view sealed) const;
  /// Opens the text and seals it under the first key.
  std::string rotate(std::string_view sealed, std::string_view purpose, Random& random = system_random()) const;

 private:
  std::vector<EnvelopeKey> keys_;
};

/// Reads and writes Fernet tokens (AES-128-CBC and HMAC-SHA256), for hosts that store such tokens already. Use Envelope
/// for new ones. The first key seals; every key opens.
class Fernet {
 public:
  static constexpr std::size_t kLimit = 16U << 20;  ///< bytes of one secret

  /// How old a token may be. A token from more than 60 s in the future is refused.
  struct Age {
    std::chrono::seconds ttl;
    TimePoint now;
  };

  /// Each key is 32 bytes in padded base64url, as Fernet libraries make them. Throws Error{invalid_argument}.
  explicit Fernet(const std::vector<Secret>& keys);

  /// Everybody who sees the token can read `now` in it.
  std::string seal(ByteView secret, TimePoint now, Random& random = system_random()) const;
  /// Without `age` a token of any age opens. Throws Error{corrupt} if no key opens the token, it is too old, or it is
  /// of the future.
  Secret open(std::string_view token, const std::optional<Age>& age = std::nullopt) const;

 private:
  std::vector<Secret> keys_;
};

}  // namespace holdfast
