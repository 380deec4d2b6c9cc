#pragma once

#include "storage/azure/azure_options.hpp"
#include "storage/http/credential_cache.hpp"

namespace holdfast {

/// A credential for requests.
struct AzureCredential {
  enum class Kind { nothing, shared_key, sas, token };
  Kind kind = Kind::nothing;
  Secret secret;  ///< the account's key, the query of a shared access signature, or an OAuth 2.0 access token
  bool operator==(const AzureCredential& other) const noexcept;
};

/// Returns the providers that `options` names, in the order in which they are asked.
CredentialProviders<AzureCredential> azure_credential_providers(const AzureOptions& options, const HttpWorld& world);

}  // namespace holdfast
