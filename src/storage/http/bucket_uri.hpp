#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/storage.hpp"
#include "storage/http/option_values.hpp"
#include "storage/http/url.hpp"

namespace holdfast {

/// One option of a storage: how it is said in a URI or apart, and what takes its value in.
template <typename Parsed>
struct OptionSetter {
  const char* key;
  bool secret;  ///< refused in a URI
  std::function<void(Parsed&, const std::string& key, const std::string& value)> apply;
};

/// The options that all storages over HTTP have, for a `Parsed` with members `http` and `retry`.
template <typename Parsed>
std::vector<OptionSetter<Parsed>> with_http_options(std::vector<OptionSetter<Parsed>> setters) {
  using P = Parsed;
  using Text = const std::string&;
  setters.push_back({"ca_file", false, [](P& p, Text, Text v) { p.http.ca_file = v; }});
  setters.push_back({"proxy", false, [](P& p, Text, Text v) { p.http.proxy = parse_url(v).origin(); }});
  setters.push_back({"connect_timeout", false, [](P& p, Text k, Text v) { p.http.connect_timeout = seconds_value(k, v); }});
  setters.push_back({"stall_timeout", false, [](P& p, Text k, Text v) { p.http.stall_timeout = seconds_value(k, v); }});
  setters.push_back({"timeout", false, [](P& p, Text k, Text v) { p.retry.total = seconds_value(k, v); }});
  return setters;
}

/// A key that a URI may hold.
struct KnownOption {
  std::string_view key;
  bool secret = false;
};

/// "scheme://bucket/prefix?key=value&key=value", taken apart and decoded.
struct BucketUri {
  std::string bucket;
  std::string prefix;  ///< of keys: empty, or ends with '/'
  Options options;     ///< of the URI and those given apart, which count first
};

/// Throws Error{invalid_argument}: "can't open storage 'URI': WHY", without the URI's options.
[[noreturn]] void refuse_uri(std::string_view uri, const std::string& why);
/// `form` is how it is written: "s3://BUCKET/PREFIX". Throws Error{invalid_argument} for an unknown option, a secret one in the URI, and a
/// prefix that can't be used.
BucketUri parse_bucket_uri(std::string_view uri, std::string_view form, const Options& options, const std::vector<KnownOption>& known);

/// The URI's bucket and prefix, with all options applied to `parsed`.
template <typename Parsed>
BucketUri apply_bucket_uri(std::string_view uri, std::string_view form, const Options& options,
                           const std::vector<OptionSetter<Parsed>>& setters, Parsed& parsed) {
  std::vector<KnownOption> known;
  for (const auto& setter : setters) known.push_back({setter.key, setter.secret});
  BucketUri found = parse_bucket_uri(uri, form, options, known);
  for (const auto& setter : setters) {
    const auto value = found.options.find(setter.key);
    if (value != found.options.end()) setter.apply(parsed, setter.key, value->second);
  }
  return found;
}

}  // namespace holdfast
