#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "holdfast/manifest.hpp"

namespace holdfast {

/// Rules that decide which backups to keep. A backup is kept if any rule asks for it. Calendar periods use
/// `utc_offset`.
struct RetentionPolicy {
  std::uint32_t keep_last = 0;          ///< the newest n
  std::chrono::seconds keep_within{0};  ///< all younger than this
  std::uint32_t keep_hourly = 0;        ///< the newest of each of the last n hours that have one
  std::uint32_t keep_daily = 0;
  std::uint32_t keep_weekly = 0;  ///< ISO weeks, from Monday
  std::uint32_t keep_monthly = 0;
  std::uint32_t keep_yearly = 0;
  std::vector<std::string> keep_tags;             ///< "key" or "key=value": all backups with this tag
  std::uint32_t minimum = 1;                      ///< never fewer than this many readable backups of each series
  ProofLevel minimum_level = ProofLevel::stored;  ///< the minimum counts only backups with at least this proof
  std::chrono::minutes utc_offset{0};
  bool per_series = true;  ///< judge the backups of each series on their own; false = all together

  /// Returns whether no rule is set, regardless of the minimum. Such a policy has no plan.
  bool empty() const noexcept;
};

/// Throws Error{invalid_argument} for a policy without a possible plan: no rule, a negative time span, an offset that
/// no place on earth has, or an empty tag.
void check_policy(const RetentionPolicy& policy);

/// Returns the series of a backup: its tag "series", else the identities of its sources, which drivers give in the
/// notes: "identity", or "host" with the URI. Two hosts are two series; one server under several URIs is one.
std::string series_of(const BackupInfo& backup);

enum class RetentionAction { keep, remove };

struct RetentionDecision {
  BackupInfo backup;
  RetentionAction action = RetentionAction::keep;
  std::vector<std::string> reasons;  ///< "last 3", "daily 2026-11-20", "within 7d", "tag env=prod", "minimum 1", "in the future"
};

struct RetentionPlan {
  std::vector<RetentionDecision> decisions;  ///< newest first
  std::uint64_t removed() const;
  std::uint64_t freed_bytes() const;  ///< stored bytes of the removed backups
};

/// Decides which backups to keep. Reads neither clock nor storage. Judges backups per series, unless the policy says
/// otherwise. Backups dated after `now` are kept but do not satisfy any rule. Damaged backups are kept and do not count
/// either. Throws the errors of `check_policy`.
RetentionPlan plan_retention(std::span<const BackupInfo> backups, const RetentionPolicy& policy, TimePoint now);

}  // namespace holdfast
