#include "retention/policy.hpp"

#include "holdfast/error.hpp"

namespace holdfast {

namespace {
constexpr std::chrono::minutes kMaxOffset = std::chrono::hours(18);
}

bool RetentionPolicy::empty() const noexcept {
  return keep_last == 0 && keep_within.count() == 0 && keep_hourly == 0 && keep_daily == 0 && keep_weekly == 0 && keep_monthly == 0 &&
         keep_yearly == 0 && keep_tags.empty();
}

void check_policy(const RetentionPolicy& policy) {
  if (policy.empty())
    throw Error(ErrorCode::invalid_argument,
                "retention: no rule says what to keep: set at least one of keep_last, keep_within, keep_hourly, keep_daily, keep_weekly, "
                "keep_monthly, keep_yearly and keep_tags");
  if (policy.keep_within.count() < 0) throw Error(ErrorCode::invalid_argument, "retention: keep_within is negative");
  if (policy.utc_offset > kMaxOffset || policy.utc_offset < -kMaxOffset)
    throw Error(ErrorCode::invalid_argument, "retention: utc_offset is more than 18 hours");
  for (const std::string& rule : policy.keep_tags)
    if (rule.empty() || rule.front() == '=')
      throw Error(ErrorCode::invalid_argument, "retention: '" + rule + "' is not a tag rule; write key or key=value");
}

bool has_tag(const Notes& tags, const std::string& rule) {
  const std::size_t equals = rule.find('=');
  const auto found = tags.find(rule.substr(0, equals));
  if (found == tags.end()) return false;
  return equals == std::string::npos || found->second == rule.substr(equals + 1);
}

}  // namespace holdfast
