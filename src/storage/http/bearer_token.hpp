#pragma once

#include <optional>

#include "holdfast/bytes.hpp"
#include "storage/http/credential_cache.hpp"

namespace holdfast {

/// An OAuth 2.0 access token: whoever has it is let in. It goes into "Authorization: Bearer …".
struct BearerToken {
  Secret text;
  bool operator==(const BearerToken& other) const noexcept;
};

using BearerTokenProvider = CredentialProvider<BearerToken>;
using BearerTokenProviders = CredentialProviders<BearerToken>;
using BearerTokenCache = CredentialCache<BearerToken>;

/// The token in the JSON that token endpoints and metadata services answer with, got at `now`. Null when there is none in it that can be
/// used.
std::optional<Expiring<BearerToken>> read_bearer_token(ByteView json, TimePoint now);

}  // namespace holdfast
