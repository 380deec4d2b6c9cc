#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/alerts.hpp"

namespace holdfast {

/// A restorable point, and how far it was proven.
struct ProvenPoint {
  BackupId backup;
  TimePoint time{};  ///< when the backup began
  ProofLevel level = ProofLevel::stored;
  TimePoint proven{};  ///< when the proof was made
};

/// The newest attempt to make a backup. One that succeeded may be known from the backup alone.
struct Attempt {
  TimePoint started{};
  Outcome outcome = Outcome::succeeded;
  std::optional<ErrorCode> error;
  std::string message;
};

/// State of one series of backups (series_of). Damaged backups and those dated in the future do not count.
struct SeriesStatus {
  std::string series;
  std::string name;  ///< names of its sources, for people; need not be unique
  std::optional<Attempt> attempt;
  std::optional<ProvenPoint> newest;   ///< the newest backup
  std::optional<ProvenPoint> proven;   ///< the newest backup that was restored (levels restored, content-equal): the last
                                       ///< proven restorable point
  std::optional<ProvenPoint> checked;  ///< the newest backup whose every byte was read back, or that was proven
  std::uint64_t failures = 0;          ///< attempts in a row that failed
  double seconds = 0;                  ///< duration of the newest backup
  std::uint64_t plain_bytes = 0;       ///< of the newest backup
  std::uint64_t stored_bytes = 0;      ///< of the newest backup: what it added to the storage
  std::uint64_t all_plain_bytes = 0;   ///< of all backups
  std::uint64_t all_stored_bytes = 0;
  std::optional<TimePoint> next_run;
  double lateness_seconds = 0;      ///< since the run that is due and has not begun; 0 = none is due
  std::vector<BackupInfo> backups;  ///< oldest first

  /// Returns how many bytes were read for each byte stored; 0 if nothing was stored.
  double dedup_ratio() const noexcept;
};

/// State of a repository: what needs attention first, then each series.
struct Status {
  RepositoryInfo repository;
  TimePoint time{};
  std::vector<Alert> alerts;
  std::vector<SeriesStatus> series;  ///< by name
  std::optional<StorageUsage> usage;
  std::vector<ReplicaStatus> replicas;
  std::vector<ReplicaLag> lags;  ///< of the replicas that can be read
  std::vector<OperationRecord> history;
};

/// Reads neither clock nor storage.
Status status_of(const Facts& facts, const AlertRules& rules = {});

/// Returns the status as a JSON object on one line (docs/monitoring.md).
std::string to_json(const Status& status);
std::string to_json(const Alert& alert);

/// Returns the status as one HTML page. It needs no network and runs no script, follows the reader's colour scheme and
/// prints. All names are escaped.
std::string status_page(const Status& status);

}  // namespace holdfast
