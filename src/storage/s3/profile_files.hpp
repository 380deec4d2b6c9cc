#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "storage/s3/sigv4.hpp"

namespace holdfast {

/// A profile of the AWS command: what its credentials file and its config file say of it.
struct AwsProfile {
  AwsKeys credentials_keys, config_keys;        ///< of either file; incomplete or empty if it has none
  std::map<std::string, std::string> settings;  ///< all else; those of the credentials file first. No secrets

  /// Empty if it is not set.
  std::string setting(const std::string& key) const;
};

bool is_complete(const AwsKeys& keys) noexcept;

/// The two files, whose paths may be empty; missing ones are as empty ones.
struct AwsProfileFiles {
  std::string credentials, config;

  bool any() const noexcept { return !credentials.empty() || !config.empty(); }
  std::string shown() const;  ///< "FILE and FILE"
  /// Returns null if neither has the profile. Throws Error if a file can't be read.
  std::optional<AwsProfile> find(std::string_view profile) const;
};

}  // namespace holdfast
