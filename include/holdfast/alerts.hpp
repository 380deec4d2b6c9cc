#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/clock.hpp"
#include "holdfast/manifest.hpp"
#include "holdfast/operation.hpp"
#include "holdfast/replicated.hpp"
#include "holdfast/repository.hpp"

namespace holdfast {

/// The schedule of a series, as its host knows it.
struct SeriesSchedule {
  std::optional<TimePoint> due;       ///< when the newest run that should have begun was due; none = unknown
  std::optional<TimePoint> next_run;  ///< when the next run begins; none = unknown
};

/// Bytes and objects that the repository's storage holds.
struct StorageUsage {
  std::uint64_t bytes = 0;
  std::uint64_t objects = 0;
  std::uint64_t limit_bytes = 0;  ///< quota or size of the storage; 0 = unknown
};

/// How far a replica is behind the others.
struct ReplicaLag {
  std::string id;                  ///< of the replica
  std::uint64_t backups = 0;       ///< listed backups that it lacks
  std::optional<TimePoint> since;  ///< when the oldest of them began
};

/// A key, as its host knows it. A repository stores neither its uses nor an end.
struct KeyUse {
  std::string id;  ///< of its slot
  std::optional<TimePoint> last_used;
  std::optional<TimePoint> expires;
};

/// All facts that status, metrics and alerts are made of. gather_facts() fills what a repository knows; a host adds
/// what only it knows.
struct Facts {
  RepositoryInfo repository;
  TimePoint now{};
  std::vector<BackupInfo> backups;       ///< as Repository::list() returns them
  std::vector<OperationRecord> history;  ///< as read_history() returns them
  std::optional<StorageUsage> usage;
  std::vector<ReplicaStatus> replicas;
  std::vector<ReplicaLag> lags;  ///< of the replicas that can be read
  std::vector<KeyUse> keys;
  std::map<std::string, SeriesSchedule> schedules;  ///< by series
};

struct GatherOptions {
  bool measure = false;  ///< list all objects of the storage, for `usage`; 1000 objects cost a request
};
/// Lists the backups and reads the history. Throws Error if the repository can't be read.
Facts gather_facts(Repository& repository, const GatherOptions& options, Context& context);

enum class AlertKind {
  backups_failing,      ///< the newest attempts failed
  backup_overdue,       ///< no backup when one was due, or after twice the usual time
  proof_too_old,        ///< no backup was restored and compared lately, or ever
  verification_fault,   ///< the newest verification of a backup found faults
  backup_damaged,       ///< a backup can't be read
  backup_in_future,     ///< a wrong clock dated a backup
  duration_abnormal,    ///< the newest backup took far longer or shorter than usual
  size_abnormal,        ///< the newest backup is far larger or smaller than usual
  storage_nearly_full,  ///< quota or storage
  replica_behind,       ///< a replica lacks objects, or can't be reached
  key_unused,
  key_expiring,
};
std::string_view to_string(AlertKind kind) noexcept;  ///< "backups_failing"

enum class Severity { info, warning, critical };
std::string_view to_string(Severity severity) noexcept;

/// One thing that needs attention. Neutral: for a page, a metric or a notification.
struct Alert {
  AlertKind kind = AlertKind::backups_failing;
  Severity severity = Severity::warning;
  std::string series;  ///< empty: the repository itself
  TimePoint since{};   ///< since when it is so
  std::string text;    ///< one line; may contain names of any characters
  Notes facts;         ///< the figures, by name: {"failures", "3"}
};

struct AlertRules {
  std::uint32_t failures = 1;                                  ///< attempts in a row
  std::uint32_t critical_failures = 3;                         ///< from here on it is critical
  std::chrono::seconds overdue_after = std::chrono::hours(1);  ///< after the time when a run was due
  std::chrono::seconds proof_age = std::chrono::days(30);      ///< oldest accepted proof
  ProofLevel proof_level = ProofLevel::restored;               ///< lowest accepted proof
  std::uint32_t minimum_history = 8;                           ///< fewer backups than this are not judged as unusual
  double deviations = 6;                                       ///< unusual: so many times the median absolute deviation …
  double share = 0.5;                                          ///< … and this share of the median
  double storage_warning = 0.9;                                ///< share of the limit
  double storage_critical = 0.97;
  std::chrono::seconds key_unused_after = std::chrono::days(365);
  std::chrono::seconds key_expires_within = std::chrono::days(30);
};

/// Returns what needs attention, most severe first, then oldest first. Reads neither clock nor storage: the same facts
/// and rules give the same alerts.
std::vector<Alert> find_alerts(const Facts& facts, const AlertRules& rules = {});

}  // namespace holdfast
