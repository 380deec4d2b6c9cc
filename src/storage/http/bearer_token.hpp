#pragma once

#include <optional>

#include "holdfast/bytes.hpp"
#include "storage/http/credential_cache.hpp"

namespace holdfast {

/// An OAuth 2.0 access token, which is a secret. It is sent as "Authorization: Bearer …".
struct BearerToken {
  Secret text;
  bool operator==(const BearerToken& other) const noexcept;
};

using BearerTokenProvider = CredentialProvider<BearerToken>;
using BearerTokenProviders = CredentialProviders<BearerToken>;
using BearerTokenCache = CredentialCache<BearerToken>;

/// Returns the token in the JSON answer of a token endpoint or metadata service, received at `now`. Returns null if it
/// has no usable one.
std::optional<Expiring<BearerToken>> read_bearer_token(ByteView json, TimePoint now);

}  // namespace holdfast
