#pragma once

#include "storage/gcs/gcs_options.hpp"
#include "storage/http/bearer_token.hpp"

namespace holdfast {

/// Returns the providers that `options` names, in the order in which they are asked.
BearerTokenProviders gcs_token_providers(const GcsOptions& options, const HttpWorld& world);

}  // namespace holdfast
