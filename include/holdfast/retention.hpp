#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "holdfast/manifest.hpp"

namespace holdfast {

/// Which backups to keep. A backup is kept when any rule asks for it. Calendar periods are those of `utc_offset`.
struct RetentionPolicy {
  std::uint32_t keep_last = 0;          ///< the newest n
  std::chrono::seconds keep_within{0};  ///< all younger than this
  std::uint32_t keep_hourly = 0;        ///< the newest of each of the last n hours that have one
  std::uint32_t keep_daily = 0;
  std::uint32_t keep_weekly = 0;  ///< ISO weeks, from Monday
  std::uint32_t keep_monthly = 0;
  std::uint32_t keep_yearly = 0;
  std::vector<std::string> keep_tags;             ///< "key" or "key=value": all that carry it
  std::uint32_t minimum = 1;                      ///< never fewer than this many readable backups of each series
  ProofLevel minimum_level = ProofLevel::stored;  ///< and those must be proven at least so far
  std::chrono::minutes utc_offset{0};

  /// Whether no rule is set, whatever the minimum: no plan can be made of such a policy.
  bool empty() const noexcept;
};

/// Throws Error{invalid_argument} for a policy that no plan can be made of: it has no rule, a negative span, an offset no place on earth
/// has, or an empty tag.
void check_policy(const RetentionPolicy& policy);

enum class RetentionAction { keep, remove };

struct RetentionDecision {
  BackupInfo backup;
  RetentionAction action = RetentionAction::keep;
  std::vector<std::string> reasons;  ///< "last 3", "daily 2026-11-20", "within 7d", "tag env=prod", "minimum 1", "in the future"
};

struct RetentionPlan {
  std::vector<RetentionDecision> decisions;  ///< newest first
  std::uint64_t removed() const;
  std::uint64_t freed_bytes() const;  ///< stored bytes of what goes
};

/// Decides, reading neither clock nor storage. Backups are judged per series (the same sources by URI). Those dated after `now` are kept
/// and count for no rule; damaged ones are kept and count for nothing. Throws what `check_policy` does.
RetentionPlan plan_retention(std::span<const BackupInfo> backups, const RetentionPolicy& policy, TimePoint now);

}  // namespace holdfast
