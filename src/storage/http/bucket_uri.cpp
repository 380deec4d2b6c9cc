#include "storage/http/bucket_uri.hpp"

#include <algorithm>

#include "base/uri.hpp"
#include "holdfast/error.hpp"
#include "storage/object_name.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kMaxPrefix = 512;

std::string decode(std::string_view uri, std::string_view text) {
  const auto decoded = percent_decode(text);
  if (!decoded) refuse_uri(uri, "'%' must be followed by the two hex digits of a byte other than 0");
  return *decoded;
}

Options query_options(std::string_view uri, std::string_view query, std::span<const OptionSpec> specs) {
  Options options;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string_view::npos) refuse_uri(uri, "write options after '?' as key=value, with '&' between them");
    const std::string key(pair.substr(0, equals));
    const auto spec = std::ranges::find(specs, key, &OptionSpec::name);
    if (spec != specs.end() && spec->secret) refuse_uri(uri, "option " + key + " is a secret: pass it separately, not in the URI");
    if (!options.emplace(key, decode(uri, pair.substr(equals + 1))).second) refuse_uri(uri, "option " + key + " is given twice");
  }
  return options;
}

std::string key_prefix(std::string_view uri, std::string_view path) {
  std::string prefix = decode(uri, path);
  while (prefix.ends_with('/')) prefix.pop_back();
  if (prefix.empty()) return prefix;
  if (const char* fault = key_prefix_fault(prefix)) refuse_uri(uri, std::string("the prefix can't be used: ") + fault);
  if (prefix.size() > kMaxPrefix) refuse_uri(uri, "the prefix is longer than 512 bytes");
  return prefix + '/';
}

}  // namespace

void refuse_uri(std::string_view uri, const std::string& why) {
  throw Error(ErrorCode::invalid_argument,
              "can't open storage '" + redact_uri(uri.substr(0, std::min(uri.find('?'), uri.size()))) + "': " + why);
}

BucketUri parse_bucket_uri(std::string_view uri, std::string_view form, const Options& options, std::span<const OptionSpec> specs) {
  const std::string_view scheme = form.substr(0, form.find("://") + 3);
  if (!uri.starts_with(scheme)) refuse_uri(uri, "write " + std::string(form));
  std::string_view rest = uri.substr(scheme.size());
  const std::size_t question = std::min(rest.find('?'), rest.size());
  BucketUri parsed;
  parsed.options = options;
  // Does not override the options passed separately.
  parsed.options.merge(query_options(uri, rest.substr(std::min(question + 1, rest.size())), specs));
  rest = rest.substr(0, question);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  parsed.bucket = rest.substr(0, slash);
  parsed.prefix = key_prefix(uri, rest.substr(std::min(slash + 1, rest.size())));
  return parsed;
}

}  // namespace holdfast
