#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "storage/s3/credentials.hpp"

namespace holdfast {

/// Keys of a credential_source, which names another source than a profile. Throws Error if it has none.
using CredentialSource = std::function<AwsCredentials(const std::string& source)>;

/// Returns the provider of a profile's keys, as the AWS command finds them: of a role, of the credentials file, of a
/// program, of the config file (docs/storage.md).
std::unique_ptr<CredentialProvider<AwsKeys>> profile_keys(const S3Options& options, const HttpWorld& world, CredentialSource sources);

/// Returns the region that a profile names; empty if it names none, or if its files can't be read.
std::string profile_region(const S3KeyOptions& keys);

}  // namespace holdfast
