#include "holdfast/envelope.hpp"

#include <algorithm>

#include "base/aes_gcm.hpp"
#include "base/base64.hpp"
#include "base/digest.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kVersion = "hfe1.";
constexpr std::size_t kKeySize = 32, kSaltSize = 32, kMaxId = 64;
constexpr std::string_view kInfo = "holdfast/envelope/v1";

bool is_key_id(std::string_view id) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  return !id.empty() && id.size() <= kMaxId && id.find_first_not_of(kAllowed) == std::string_view::npos;
}

[[noreturn]] void damaged(const char* why) { throw Error(ErrorCode::corrupt, std::string("the sealed secret ") + why); }

struct Parts {
  std::string_view head;  // with the last dot
  std::string_view id;
  std::string_view body;
};

Parts parts_of(std::string_view sealed) {
  if (!sealed.starts_with(kVersion)) damaged("is damaged, or was not sealed by this version: it does not begin with 'hfe1.'");
  const std::size_t dot = sealed.find('.', kVersion.size());
  if (dot == std::string_view::npos) damaged("is damaged: cut short");
  const Parts parts{sealed.substr(0, dot + 1), sealed.substr(kVersion.size(), dot - kVersion.size()), sealed.substr(dot + 1)};
  if (!is_key_id(parts.id)) damaged("is damaged: it names no key");
  return parts;
}

Bytes decoded(std::string_view body) {
  try {
    Bytes bytes = from_base64url(body);
    if (to_base64url(bytes) != body) damaged("is damaged: padded");  // one spelling only
    if (bytes.size() < kSaltSize + kGcmTagSize) damaged("is damaged: cut short");
    return bytes;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    damaged("is damaged: not base64url");
  }
}

// Each secret has a random salt and therefore a key of its own, so the nonce may be constant.
Secret message_key(const Secret& key, ByteView salt) { return hkdf_sha256(key.bytes(), salt, kInfo, kKeySize); }

std::string associated_data(std::string_view head, std::string_view purpose) { return std::string(head).append(purpose); }

}  // namespace

Envelope::Envelope(std::vector<EnvelopeKey> keys) : keys_(std::move(keys)) {
  if (keys_.empty()) throw Error(ErrorCode::invalid_argument, "an envelope needs at least one key");
  for (std::size_t at = 0; at < keys_.size(); ++at) {
    const EnvelopeKey& key = keys_[at];
    if (!is_key_id(key.id)) throw Error(ErrorCode::invalid_argument, "the id of an envelope's key has 1-64 of A-Z a-z 0-9 _ -");
    if (key.key.size() != kKeySize)
      throw Error(ErrorCode::invalid_argument, "envelope key " + key.id + " has " + std::to_string(key.key.size()) + " bytes, not 32");
    const auto before = keys_.begin() + static_cast<std::ptrdiff_t>(at);
    if (std::find_if(keys_.begin(), before, [&](const EnvelopeKey& other) { return other.id == key.id; }) != before)
      throw Error(ErrorCode::invalid_argument, "envelope key " + key.id + " is given twice");
  }
}

std::string Envelope::seal(ByteView secret, std::string_view purpose, Random& random) const {
  if (secret.size() > kLimit) throw Error(ErrorCode::limit, "a secret of " + std::to_string(secret.size()) + " bytes: at most 16 MiB");
  const EnvelopeKey& key = keys_.front();
  const std::string head = std::string(kVersion) + key.id + ".";
  Bytes body(kSaltSize + secret.size() + kGcmTagSize);
  random.fill(std::span(body).first(kSaltSize));
  gcm_seal_once(message_key(key.key, ByteView(body).first(kSaltSize)), as_bytes(associated_data(head, purpose)), secret,
                body.data() + kSaltSize);
  return head + to_base64url(body);
}

Secret Envelope::open(std::string_view sealed, std::string_view purpose) const {
  const Parts parts = parts_of(sealed);
  const auto key = std::ranges::find(keys_, parts.id, &EnvelopeKey::id);
  if (key == keys_.end())
    throw Error(ErrorCode::wrong_key,
                "the secret was sealed with key " + std::string(parts.id) + ", which is not here: give that key, too");
  const Bytes body = decoded(parts.body);
  const ByteView salt = ByteView(body).first(kSaltSize), text = ByteView(body).subspan(kSaltSize);
  Secret secret{Bytes(text.size() - kGcmTagSize)};
  if (!gcm_open_once(message_key(key->key, salt), as_bytes(associated_data(parts.head, purpose)), text, secret.writable().data()))
    damaged("does not open: it is changed, for another purpose, or was sealed with another key of that id");
  return secret;
}

bool Envelope::is_current(std::string_view sealed) const { return parts_of(sealed).id == keys_.front().id; }

std::string Envelope::rotate(std::string_view sealed, std::string_view purpose, Random& random) const {
  return seal(open(sealed, purpose).bytes(), purpose, random);
}

}  // namespace holdfast
