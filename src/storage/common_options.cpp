#include "storage/common_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/uri.hpp"
#include "holdfast/error.hpp"
#include "holdfast/flag.hpp"
#include "holdfast/tiered.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kColdPrefix = "cold.";

bool is_common(std::string_view key) {
  constexpr std::array<std::string_view, 5> kKeys = {"read_only", "quota", "limit_up", "limit_down", "cold"};
  return std::ranges::find(kKeys, key) != kKeys.end() || key.starts_with(kColdPrefix);
}

[[noreturn]] void refuse(const std::string& key, const char* wanted) {
  throw Error(ErrorCode::invalid_argument, "storage option " + key + " takes " + wanted);
}

std::uint64_t size_of(const std::string& key, std::string_view text) {
  std::uint64_t value = 0;
  std::uint64_t unit = 1;
  if (const std::size_t suffix = std::string_view("KMGT").find(text.empty() ? ' ' : text.back()); suffix != std::string_view::npos) {
    unit = std::uint64_t{1} << (10 * (suffix + 1));
    text.remove_suffix(1);
  }
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value == 0 || value > UINT64_MAX / unit)
    refuse(key, "bytes, or a number with K, M, G or T");
  return value * unit;
}

/// Moves the common options of the query, which stands behind a scheme with "//", into `found`.
void take_from_query(std::string& uri, Options& found) {
  const std::size_t mark = uri.find('?');
  if (mark == std::string::npos || uri.find("://") > mark) return;
  std::string rest;
  bool taken = false;
  for (std::string_view query = std::string_view(uri).substr(mark + 1); !query.empty();) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string key(pair.substr(0, equals));
    if (!is_common(key)) {
      rest += (rest.empty() ? "?" : "&") + std::string(pair);
      continue;
    }
    const auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!value) refuse(key, "a percent-encoded value");
    found.emplace(key, *value);  // what was found before counts first
    taken = true;
  }
  if (taken) uri = uri.substr(0, mark) + rest;
}

}  // namespace

CommonOptions take_common_options(std::string& uri, Options& options) {
  Options found;
  for (auto at = options.begin(); at != options.end();) {
    const auto option = at++;
    if (is_common(option->first)) found.insert(options.extract(option));
  }
  take_from_query(uri, found);
  CommonOptions common;
  for (const auto& [key, value] : found) {
    if (key == "read_only") {
      common.read_only = parse_flag(key, value);
    } else if (key == "quota") {
      common.quota = size_of(key, value);
    } else if (key == "cold") {
      common.cold = value;
    } else if (key.starts_with(kColdPrefix)) {
      common.cold_options.emplace(key.substr(kColdPrefix.size()), value);
    } else {
      (key == "limit_up" ? common.bandwidth.up : common.bandwidth.down) = size_of(key, value);
    }
  }
  if (common.cold.empty() && !common.cold_options.empty())
    throw Error(ErrorCode::invalid_argument,
                "storage option cold." + common.cold_options.begin()->first + " is for a storage named by cold");
  return common;
}

std::shared_ptr<Storage> with_common_options(std::shared_ptr<Storage> inner, const CommonOptions& common, IfMissing if_missing,
                                             const StorageHost& host) {
  if (common.bandwidth.up != 0 || common.bandwidth.down != 0) inner = throttled_storage(std::move(inner), common.bandwidth, host.stop);
  if (common.quota != 0) {
    QuotaOptions quota{.limit_bytes = common.quota, .warn = {}};
    if (host.warn) {
      quota.warn = [warn = host.warn, uri = inner->uri()](std::uint64_t used, std::uint64_t limit) {
        warn(uri + " is nearly full: " + std::to_string(used) + " bytes of the quota of " + std::to_string(limit) + " are taken");
      };
    }
    inner = quota_storage(std::move(inner), std::move(quota));
  }
  if (!common.cold.empty()) inner = tiered_storage(std::move(inner), open_storage(common.cold, common.cold_options, if_missing, host));
  return common.read_only ? read_only_storage(std::move(inner)) : inner;
}

}  // namespace holdfast
