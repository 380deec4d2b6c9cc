#pragma once

#include "storage/http/credential_cache.hpp"
#include "storage/s3/s3_options.hpp"
#include "storage/s3/sigv4.hpp"

namespace holdfast {

using AwsCredentials = Expiring<AwsKeys>;

/// Returns the providers that `options` names, in the order in which they are asked.
CredentialProviders<AwsKeys> credential_providers(const S3Options& options, const HttpWorld& world);

}  // namespace holdfast
