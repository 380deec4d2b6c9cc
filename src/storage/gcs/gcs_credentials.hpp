#pragma once

#include "storage/gcs/gcs_options.hpp"
#include "storage/http/bearer_token.hpp"

namespace holdfast {

/// The places that `options` names, in the order they are asked.
BearerTokenProviders gcs_token_providers(const GcsOptions& options, const HttpWorld& world);

}  // namespace holdfast
