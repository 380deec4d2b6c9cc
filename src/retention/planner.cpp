#include <algorithm>
#include <map>
#include <set>

#include "base/duration.hpp"
#include "holdfast/retention.hpp"
#include "retention/calendar.hpp"
#include "retention/policy.hpp"
#include "retention/series.hpp"

namespace holdfast {

namespace {

using namespace std::chrono;

using Series = std::vector<RetentionDecision*>;  // newest first

void keep(RetentionDecision& decision, std::string reason) { decision.reasons.push_back(std::move(reason)); }
bool kept(const RetentionDecision* decision) { return !decision->reasons.empty(); }

void keep_last(const Series& series, std::uint32_t count) {
  for (std::size_t i = 0; i < series.size() && i < count; ++i) keep(*series[i], "last " + std::to_string(count));
}

void keep_within(const Series& series, seconds span, TimePoint now) {
  // Ages are never negative here, so whole seconds compare like exact ages, and no sum overflows.
  for (RetentionDecision* decision : series)
    if (floor<seconds>(now - decision->backup.time) < span) keep(*decision, "within " + format_duration(span));
}

/// Keeps the newest backup of each of the last `count` periods that have a backup.
void keep_periods(const Series& series, std::string_view name, Period period, std::uint32_t count, minutes utc_offset) {
  std::string last;
  for (RetentionDecision* decision : series) {
    if (count == 0) return;
    std::string current = period_of(period, decision->backup.time, utc_offset);
    if (current == last) continue;
    keep(*decision, std::string(name) + " " + current);
    last = std::move(current);
    --count;
  }
}

void keep_tagged(const Series& series, const std::string& rule) {
  for (RetentionDecision* decision : series)
    if (has_tag(decision->backup.tags, rule)) keep(*decision, "tag " + rule);
}

/// Keeps the newest backups for which `counts` is true, until `minimum` of them are kept.
template <class Counts>
void keep_minimum(const Series& series, std::uint32_t minimum, const std::string& reason, Counts&& counts) {
  auto have =
      static_cast<std::uint64_t>(std::ranges::count_if(series, [&](const auto* decision) { return kept(decision) && counts(decision); }));
  for (RetentionDecision* decision : series) {
    if (have >= minimum) return;
    if (kept(decision) || !counts(decision)) continue;
    keep(*decision, reason);
    ++have;
  }
}

void judge(const Series& series, const RetentionPolicy& policy, TimePoint now) {
  keep_last(series, policy.keep_last);
  keep_within(series, policy.keep_within, now);
  keep_periods(series, "hourly", Period::hour, policy.keep_hourly, policy.utc_offset);
  keep_periods(series, "daily", Period::day, policy.keep_daily, policy.utc_offset);
  keep_periods(series, "weekly", Period::week, policy.keep_weekly, policy.utc_offset);
  keep_periods(series, "monthly", Period::month, policy.keep_monthly, policy.utc_offset);
  keep_periods(series, "yearly", Period::year, policy.keep_yearly, policy.utc_offset);
  for (const std::string& rule : policy.keep_tags) keep_tagged(series, rule);
  const std::string reason = "minimum " + std::to_string(policy.minimum);
  keep_minimum(series, policy.minimum, reason,
               [&](const auto* decision) { return decision->backup.level >= policy.minimum_level && !decision->backup.failed; });
  // If too few are proven to that level, unproven ones are better than none, and so are those with faults.
  keep_minimum(series, policy.minimum, reason + " (not proven so far)", [](const auto*) { return true; });
}

bool newer(const RetentionDecision& a, const RetentionDecision& b) {
  return a.backup.time != b.backup.time ? a.backup.time > b.backup.time : a.backup.id > b.backup.id;
}

}  // namespace

std::uint64_t RetentionPlan::removed() const {
  return static_cast<std::uint64_t>(std::ranges::count(decisions, RetentionAction::remove, &RetentionDecision::action));
}

std::uint64_t RetentionPlan::freed_bytes() const {
  std::uint64_t bytes = 0;
  for (const RetentionDecision& decision : decisions)
    if (decision.action == RetentionAction::remove) bytes += decision.backup.stored_bytes;
  return bytes;
}

RetentionPlan plan_retention(std::span<const BackupInfo> backups, const RetentionPolicy& policy, TimePoint now) {
  check_policy(policy);
  RetentionPlan plan;
  for (const BackupInfo& backup : backups) plan.decisions.push_back({.backup = backup});
  std::ranges::sort(plan.decisions, newer);

  std::map<SeriesKey, Series> all;
  for (RetentionDecision& decision : plan.decisions) {
    if (!decision.backup.damage.empty())
      keep(decision, "damaged");
    else if (decision.backup.time > now)
      keep(decision, "in the future");
    else
      all[policy.per_series ? series_key(decision.backup) : SeriesKey()].push_back(&decision);
  }
  for (const auto& [key, series] : all) judge(series, policy, now);

  for (RetentionDecision& decision : plan.decisions) {
    if (kept(&decision)) continue;
    decision.action = RetentionAction::remove;
    decision.reasons = {"no rule keeps it"};
  }
  return plan;
}

}  // namespace holdfast
