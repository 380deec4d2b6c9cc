#pragma once

#include <string>

#include "holdfast/alerts.hpp"
#include "holdfast/status.hpp"

namespace holdfast::test {

inline const TimePoint kNow = TimePoint(std::chrono::sys_days(std::chrono::year(2026) / 11 / 20) + std::chrono::hours(18));

/// A backup of a series, `age` before kNow.
inline BackupInfo backup_of(const std::string& series, std::chrono::seconds age, ProofLevel level = ProofLevel::content_equal) {
  BackupInfo backup;
  backup.time = kNow - age;
  backup.finished = backup.time + std::chrono::seconds(100);
  backup.id = "backup_" + series + "_" + std::to_string(age.count());
  backup.sources = {{.uri = "test:" + series, .driver = "test", .name = series + " name"}};
  backup.tags = {{"series", series}};
  backup.plain_bytes = 1'000'000'000;
  backup.stored_bytes = 250'000'000;
  backup.level = level;
  if (level != ProofLevel::stored) backup.proven = backup.finished + std::chrono::minutes(5);
  return backup;
}

/// The record of an operation that ended `age` before kNow.
inline OperationRecord operation_of(const std::string& series, std::chrono::seconds age, Outcome outcome,
                                    const std::string& operation = "backup") {
  OperationRecord record;
  record.id = "0123456789ab";
  record.operation = operation;
  record.series = series;
  record.started = kNow - age;
  record.ended = record.started + std::chrono::seconds(10);
  record.seconds = 10;
  record.outcome = outcome;
  if (outcome == Outcome::failed) {
    record.error = ErrorCode::network;
    record.message = "no route to the server";
  }
  return record;
}

/// Facts with `count` daily backups of "shop", newest first as in a listing; the newest is six hours old.
inline Facts daily(int count) {
  Facts facts{.repository = {.uri = "file:///backups", .id = "0123456789abcdef0123456789abcdef"}, .now = kNow};
  for (int day = 0; day < count; ++day) facts.backups.push_back(backup_of("shop", std::chrono::hours(6 + 24 * day)));
  return facts;
}

/// "backups_failing warning shop", one line for each alert.
inline std::string kinds_of(const std::vector<Alert>& alerts) {
  std::string text;
  for (const Alert& alert : alerts) {
    text += (text.empty() ? "" : "\n") + std::string(to_string(alert.kind)) + " " + std::string(to_string(alert.severity));
    if (!alert.series.empty()) text += " " + alert.series;
  }
  return text;
}

}  // namespace holdfast::test
