#include "storage/s3/s3_options.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

#include "base/uri.hpp"
#include "holdfast/error.hpp"
#include "storage/object_name.hpp"
#include "storage/s3/sigv4.hpp"

namespace holdfast {

namespace {

constexpr std::uint64_t kMiB = 1U << 20;
constexpr std::size_t kMaxPrefix = 512;
constexpr std::uint64_t kMostLockDays = 18'000;  // twice that is what the service takes

[[noreturn]] void refuse(std::string_view uri, const std::string& why) {
  throw Error(ErrorCode::invalid_argument,
              "can't open storage '" + redact_uri(uri.substr(0, std::min(uri.find('?'), uri.size()))) + "': " + why);
}

[[noreturn]] void refuse_value(const std::string& key, const std::string& wanted) {
  throw Error(ErrorCode::invalid_argument, "option " + key + " takes " + wanted);
}

/// `size`: a suffix K, M or G is understood.
std::uint64_t number(const std::string& key, std::string_view text, std::uint64_t least, std::uint64_t most, bool size = false) {
  std::uint64_t value = 0;
  std::uint64_t unit = 1;
  if (size && !text.empty()) {
    const std::size_t suffix = std::string_view("KMG").find(text.back());
    if (suffix != std::string_view::npos) {
      unit = std::uint64_t{1} << (10 * (suffix + 1));
      text.remove_suffix(1);
    }
  }
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value > most / unit || value * unit < least)
    refuse_value(key, "a number from " + std::to_string(least) + " to " + std::to_string(most) + (size ? " (bytes, or with K, M, G)" : ""));
  return value * unit;
}

std::chrono::milliseconds seconds(const std::string& key, std::string_view text) {
  return std::chrono::seconds(number(key, text, 1, 24 * 3600));
}

bool yes_or_no(const std::string& key, std::string_view text) {
  if (text != "yes" && text != "no") refuse_value(key, "yes or no");
  return text == "yes";
}

std::string one_of(const std::string& key, const std::string& text, std::initializer_list<std::string_view> allowed) {
  if (std::ranges::find(allowed, text) != allowed.end()) return text;
  std::string wanted;
  for (const std::string_view word : allowed) wanted += (wanted.empty() ? "" : ", ") + std::string(word);
  refuse_value(key, "one of " + wanted);
}

/// RFC 3339, with any offset from UTC.
TimePoint time(const std::string& key, const std::string& text) {
  try {
    const std::size_t at = text.size() < 6 ? std::string::npos : text.size() - 6;
    if (at == std::string::npos || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':') return parse_time(text);
    const auto part = [&](std::size_t from, std::uint64_t most) { return static_cast<int>(number(key, text.substr(from, 2), 0, most)); };
    const std::chrono::minutes offset(part(at + 1, 23) * 60 + part(at + 4, 59));
    const TimePoint local = parse_time(text.substr(0, at) + "Z");
    return text[at] == '+' ? local - offset : local + offset;
  } catch (const Error&) {
    refuse_value(key, "a time like 2026-11-20T18:04:11Z or 2026-11-20T19:04:11+01:00");
  }
}

/// "key=value&key=value", percent-encoded where needed; the same as S3 takes it. Its bounds are those of the service.
std::string tag_set(const std::string& key, std::string_view text) {
  constexpr std::size_t kMostTags = 10, kLongestKey = 128, kLongestValue = 256;
  std::map<std::string, std::string> tags;
  for (bool more = true; more;) {
    const std::string_view pair = text.substr(0, text.find('&'));
    more = pair.size() != text.size();
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = percent_decode(pair.substr(0, equals));
    const auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value || equals == pair.size() || name->empty() || name->size() > kLongestKey || value->size() > kLongestValue ||
        name->starts_with("aws:") || !tags.emplace(*name, *value).second || tags.size() > kMostTags)
      refuse_value(key, "up to 10 different tags KEY=VALUE with '&' between them, percent-encoded, at most 128 and 256 bytes");
  }
  return canonical_query(tags);
}

/// Goes into a header: no line breaks.
std::string header_value(const std::string& key, const std::string& text) {
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; })) refuse_value(key, "printable ASCII without blanks");
  return text;
}

struct Setter {
  const char* key;
  bool secret;
  std::function<void(S3Options&, const std::string& key, const std::string& value)> apply;
};

template <typename Member>
auto text(Member member) {
  return [member](S3Options& options, const std::string& key, const std::string& value) { options.*member = header_value(key, value); };
}

auto key_text(std::string S3KeyOptions::*member) {
  return [member](S3Options& options, const std::string&, const std::string& value) { options.keys.*member = value; };
}

auto key_secret(Secret S3KeyOptions::*member) {
  return [member](S3Options& options, const std::string& key, const std::string& value) {
    options.keys.*member = Secret(header_value(key, value));
  };
}

auto origin(const std::function<std::string&(S3Options&)>& place) {
  return [place](S3Options& options, const std::string& key, const std::string& value) {
    const Url url = parse_url(value);
    if (url.path != "/" || !url.query.empty()) refuse_value(key, "https://HOST[:PORT] or http://HOST[:PORT]");
    place(options) = url.origin();
  };
}

using O = S3Options;
using K = S3KeyOptions;
using Text = const std::string&;

const std::vector<Setter>& setters() {
  static const std::vector<Setter> all = {
      {"endpoint", false, origin([](O& o) -> std::string& { return o.endpoint; })},
      {"region", false, text(&O::region)},
      {"path_style", false, [](O& o, Text k, Text v) { o.path_style = yes_or_no(k, v); }},
      {"ca_file", false, [](O& o, Text, Text v) { o.http.ca_file = v; }},
      {"proxy", false, [](O& o, Text, Text v) { o.http.proxy = parse_url(v).origin(); }},
      {"connect_timeout", false, [](O& o, Text k, Text v) { o.http.connect_timeout = seconds(k, v); }},
      {"stall_timeout", false, [](O& o, Text k, Text v) { o.http.stall_timeout = seconds(k, v); }},
      {"timeout", false, [](O& o, Text k, Text v) { o.retry.total = seconds(k, v); }},
      {"storage_class", false, text(&O::storage_class)},
      {"sse", false,
       [](O& o, Text k, Text v) {
         o.sse = one_of(k, v, {"AES256", "aws:kms", "aws:kms:dsse"});
       }},
      {"sse_kms_key_id", false, text(&O::sse_kms_key_id)},
      {"tags", false, [](O& o, Text k, Text v) { o.tags = tag_set(k, v); }},
      {"object_lock", false,
       [](O& o, Text k, Text v) {
         o.lock_mode = one_of(k, v, {"governance", "compliance"}) == "governance" ? "GOVERNANCE" : "COMPLIANCE";
       }},
      {"lock_days", false, [](O& o, Text k, Text v) { o.lock_time = std::chrono::days(number(k, v, 1, kMostLockDays)); }},
      {"as_of", false, [](O& o, Text k, Text v) { o.as_of = time(k, v); }},
      {"create_only", false,
       [](O& o, Text k, Text v) {
         one_of(k, v, {"probe", "yes", "no"});
         o.create_only = v == "probe" ? CreateOnly::probe : v == "yes" ? CreateOnly::yes : CreateOnly::no;
       }},
      {"part_size", false, [](O& o, Text k, Text v) { o.part_size = number(k, v, 5 * kMiB, 5 * 1024 * kMiB, true); }},
      {"max_parts", false, [](O& o, Text k, Text v) { o.max_parts = static_cast<std::uint32_t>(number(k, v, 9, 10'000)); }},
      {"parallel_parts", false, [](O& o, Text k, Text v) { o.parallel_parts = static_cast<unsigned>(number(k, v, 1, 64)); }},
      {"memory", false, [](O& o, Text k, Text v) { o.memory = number(k, v, 0, std::uint64_t{1} << 40, true); }},
      {"credentials", false,
       [](O& o, Text k, Text v) {
         o.keys.source = one_of(k, v, {"auto", "static", "web_identity", "profile", "container", "imds", "anonymous"});
       }},
      {"access_key_id", false, [](O& o, Text k, Text v) { o.keys.access_key_id = header_value(k, v); }},
      {"secret_access_key", true, key_secret(&K::secret_access_key)},
      {"session_token", true, key_secret(&K::session_token)},
      {"credentials_file", false, key_text(&K::credentials_file)},
      {"profile", false, key_text(&K::profile)},
      {"role_arn", false, key_text(&K::role_arn)},
      {"role_session_name", false, key_text(&K::role_session_name)},
      {"web_identity_token_file", false, key_text(&K::web_identity_token_file)},
      {"sts_endpoint", false, origin([](O& o) -> std::string& { return o.keys.sts_endpoint; })},
      {"container_credentials_uri", false, key_text(&K::container_credentials_uri)},
      {"container_token_file", false, key_text(&K::container_token_file)},
      {"container_token", true, key_secret(&K::container_token)},
      {"imds_endpoint", false, origin([](O& o) -> std::string& { return o.keys.imds_endpoint; })},
  };
  return all;
}

const Setter& setter(std::string_view uri, const std::string& key) {
  const auto found = std::ranges::find(setters(), key, [](const Setter& one) { return std::string(one.key); });
  if (found != setters().end()) return *found;
  std::string known;
  for (const Setter& one : setters()) known += (known.empty() ? "" : ", ") + std::string(one.key);
  refuse(uri, "unknown option '" + key + "' (known: " + known + ")");
}

std::string decode(std::string_view uri, std::string_view text) {
  const auto decoded = percent_decode(text);
  if (!decoded) refuse(uri, "'%' must be followed by the two hex digits of a byte other than 0");
  return *decoded;
}

Options query_options(std::string_view uri, std::string_view query) {
  Options options;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string_view::npos) refuse(uri, "after '?' come options, key=value, with '&' between them");
    const std::string key(pair.substr(0, equals));
    if (setter(uri, key).secret) refuse(uri, "option " + key + " is a secret: give it apart, not in the URI");
    if (!options.emplace(key, decode(uri, pair.substr(equals + 1))).second) refuse(uri, "option " + key + " is given twice");
  }
  return options;
}

bool good_bucket(std::string_view bucket) {
  return bucket.size() >= 3 && bucket.size() <= 63 && bucket.front() != '.' && bucket.back() != '.' && bucket.find("..") == bucket.npos &&
         std::ranges::all_of(bucket, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
         });
}

/// As a part of a host name, and covered by the server's wildcard certificate.
bool is_dns_label(std::string_view bucket) {
  return std::ranges::all_of(bucket, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }) &&
         bucket.front() != '-' && bucket.back() != '-';
}

}  // namespace

S3Options parse_s3_options(std::string_view uri, const Options& options) {
  constexpr std::string_view kScheme = "s3://";
  if (!uri.starts_with(kScheme)) refuse(uri, "write s3://BUCKET/PREFIX");
  std::string_view rest = uri.substr(kScheme.size());
  const std::size_t question = std::min(rest.find('?'), rest.size());
  Options all = options;
  all.merge(query_options(uri, rest.substr(std::min(question + 1, rest.size()))));  // those given apart are there first and stay
  rest = rest.substr(0, question);

  S3Options parsed;
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  parsed.bucket = rest.substr(0, slash);
  if (!good_bucket(parsed.bucket)) refuse(uri, "a bucket's name has 3 to 63 letters, digits, '.', '-' and '_'");
  parsed.prefix = decode(uri, rest.substr(std::min(slash + 1, rest.size())));
  while (parsed.prefix.ends_with('/')) parsed.prefix.pop_back();
  if (!parsed.prefix.empty()) {
    if (const char* fault = object_name_fault(parsed.prefix)) refuse(uri, std::string("the prefix can't be used: ") + fault);
    if (parsed.prefix.size() > kMaxPrefix) refuse(uri, "the prefix is longer than 512 bytes");
    parsed.prefix += '/';
  }

  const bool style_given = all.contains("path_style");
  for (const auto& [key, value] : all) setter(uri, key).apply(parsed, key, value);
  // Most servers that are not AWS are reached under one name, without one for each bucket.
  if (!style_given) parsed.path_style = !parsed.endpoint.empty() || !is_dns_label(parsed.bucket);
  if (!parsed.path_style && !is_dns_label(parsed.bucket)) refuse(uri, "this bucket's name needs path_style=yes");
  if (!parsed.sse_kms_key_id.empty() && !parsed.sse.starts_with("aws:kms")) refuse(uri, "sse_kms_key_id needs sse=aws:kms");
  if (parsed.locks() != (parsed.lock_time.count() != 0)) refuse(uri, "object_lock and lock_days come together or not at all");
  if (parsed.keys.access_key_id.empty() != parsed.keys.secret_access_key.empty())
    refuse(uri, "access_key_id and secret_access_key come together or not at all");
  return parsed;
}

}  // namespace holdfast
