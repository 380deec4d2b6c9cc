#pragma once

#include <span>
#include <string>
#include <string_view>

#include "holdfast/option.hpp"

namespace holdfast {

/// The decoded parts of "scheme://bucket/prefix?key=value&key=value".
struct BucketUri {
  std::string bucket;
  std::string prefix;  ///< start of all keys: empty, or ends with '/'
  Options options;     ///< those in the URI, and those passed separately, which override them
};

/// Throws Error{invalid_argument}: "can't open storage 'URI': WHY", without the URI's options.
[[noreturn]] void refuse_uri(std::string_view uri, const std::string& why);
/// Parses a URI of the given form: "s3://BUCKET/PREFIX". Throws Error{invalid_argument} for a secret option in the URI,
/// and for a prefix that can't be used. Leaves the check of names and values to parse_options.
BucketUri parse_bucket_uri(std::string_view uri, std::string_view form, const Options& options, std::span<const OptionSpec> specs);

}  // namespace holdfast
