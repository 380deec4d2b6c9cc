#pragma once

#include <span>
#include <string>
#include <string_view>

#include "holdfast/option.hpp"

namespace holdfast {

/// "scheme://bucket/prefix?key=value&key=value", taken apart and decoded.
struct BucketUri {
  std::string bucket;
  std::string prefix;  ///< of keys: empty, or ends with '/'
  Options options;     ///< of the URI and those given apart, which count first
};

/// Throws Error{invalid_argument}: "can't open storage 'URI': WHY", without the URI's options.
[[noreturn]] void refuse_uri(std::string_view uri, const std::string& why);
/// `form` is how it is written: "s3://BUCKET/PREFIX". Throws Error{invalid_argument} for a secret option in the URI, and a prefix that
/// can't be used. Names and values are left to parse_options.
BucketUri parse_bucket_uri(std::string_view uri, std::string_view form, const Options& options, std::span<const OptionSpec> specs);

}  // namespace holdfast
