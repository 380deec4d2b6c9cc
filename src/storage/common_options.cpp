#include "storage/common_options.hpp"

#include <algorithm>
#include <utility>

#include "base/uri.hpp"
#include "holdfast/error.hpp"
#include "holdfast/option.hpp"
#include "holdfast/quota.hpp"
#include "holdfast/read_only.hpp"
#include "holdfast/tiered.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kColdPrefix = "cold.";

constexpr const char* kReadOnly = "read_only";
constexpr const char* kQuota = "quota";
constexpr const char* kLimitUp = "limit_up";
constexpr const char* kLimitDown = "limit_down";
constexpr const char* kCold = "cold";

}  // namespace

const std::vector<OptionSpec>& common_option_specs() {
  static const std::vector<OptionSpec> kSpecs = {
      {.name = kReadOnly, .type = OptionType::boolean, .default_value = "no", .help = "refuse every change"},
      {.name = kQuota, .type = OptionType::size, .help = "most bytes that the storage may hold", .minimum = 1},
      {.name = kLimitUp, .type = OptionType::size, .help = "bytes per second written", .minimum = 1},
      {.name = kLimitDown, .type = OptionType::size, .help = "bytes per second read", .minimum = 1},
      {.name = kCold, .help = "URI of a storage for old packs; cold.NAME sets its options"},
  };
  return kSpecs;
}

namespace {

bool is_common(std::string_view key) {
  return key.starts_with(kColdPrefix) ||
         std::ranges::any_of(common_option_specs(), [&](const OptionSpec& spec) { return spec.name == key; });
}

/// Moves the common options of the URI's query into `found`. Only a URI with "//" after its scheme has a query.
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
    if (!value) throw Error(ErrorCode::invalid_argument, "storage option " + key + " takes a percent-encoded value");
    found.emplace(key, *value);  // does not override an option found before
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
  for (auto at = found.begin(); at != found.end();) {
    const auto option = at++;
    if (!option->first.starts_with(kColdPrefix)) continue;
    common.cold_options.emplace(option->first.substr(kColdPrefix.size()), option->second);
    found.erase(option);
  }
  const ParsedOptions parsed = parse_options("storage", common_option_specs(), found);
  common.read_only = parsed.flag(kReadOnly);
  common.quota = parsed.size(kQuota);
  common.bandwidth = {.up = parsed.size(kLimitUp), .down = parsed.size(kLimitDown)};
  common.cold = parsed.text(kCold);
  if (common.cold.empty() && !common.cold_options.empty())
    throw Error(ErrorCode::invalid_argument, "storage option cold." + common.cold_options.begin()->first + " needs the option cold");
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
