#include "observe/series_status.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>

#include "holdfast/retention.hpp"

namespace holdfast {

namespace {

/// The backups and attempts of one series, both oldest first.
struct SeriesFacts {
  std::vector<BackupInfo> backups;
  std::vector<const OperationRecord*> attempts;
};

std::map<std::string, SeriesFacts> by_series(const Facts& facts) {
  std::map<std::string, SeriesFacts> series;
  for (const BackupInfo& backup : facts.backups | std::views::reverse) {
    if (backup.damage.empty() && !is_in_future(backup.time, facts.now)) series[series_of(backup)].backups.push_back(backup);
  }
  for (const OperationRecord& record : facts.history) {
    if (record.operation == "backup" && !record.series.empty()) series[record.series].attempts.push_back(&record);
  }
  return series;
}

bool is_made(const OperationRecord& attempt) { return attempt.outcome == Outcome::succeeded || attempt.outcome == Outcome::warnings; }

std::string names_of(const BackupInfo& backup) {
  std::string names;
  for (const SourceRecord& source : backup.sources) names += (names.empty() ? "" : ", ") + source.name;
  return names;
}

ProvenPoint point_of(const BackupInfo& backup) {
  return {.backup = backup.id, .time = backup.time, .level = backup.level, .proven = backup.proven};
}

std::optional<ProvenPoint> newest_with(const std::vector<BackupInfo>& backups, ProofLevel level) {
  for (const BackupInfo& backup : backups | std::views::reverse) {
    if (backup.level >= level) return point_of(backup);
  }
  return std::nullopt;
}

// A backup without a record of its attempt was copied, or its record expired.
std::optional<Attempt> newest_attempt(const SeriesFacts& facts) {
  std::optional<Attempt> newest;
  if (!facts.backups.empty()) newest = {.started = facts.backups.back().time};
  if (facts.attempts.empty()) return newest;
  const OperationRecord& record = *facts.attempts.back();
  const bool of_newest = !facts.backups.empty() && std::ranges::count(record.backups, facts.backups.back().id) > 0;
  if (!newest || of_newest || record.started > newest->started) {
    newest = {.started = record.started, .outcome = record.outcome, .error = record.error, .message = record.message};
  }
  return newest;
}

std::uint64_t failures_in_a_row(const SeriesFacts& facts) {
  std::uint64_t failures = 0;
  for (const OperationRecord* attempt : facts.attempts | std::views::reverse) {
    const bool older = !facts.backups.empty() && attempt->started < facts.backups.back().time;
    if (older || is_made(*attempt)) break;
    failures += attempt->outcome == Outcome::failed ? 1 : 0;
  }
  return failures;
}

void add_schedule(SeriesStatus& status, const Facts& facts) {
  const auto found = facts.schedules.find(status.series);
  if (found == facts.schedules.end()) return;
  status.next_run = found->second.next_run;
  const std::optional<TimePoint>& due = found->second.due;
  const bool made = !due || (status.newest && status.newest->time >= *due);
  if (!made) status.lateness_seconds = std::max(0.0, std::chrono::duration<double>(facts.now - *due).count());
}

SeriesStatus status_of_series(const std::string& series, SeriesFacts of, const Facts& facts) {
  SeriesStatus status{.series = series, .name = series, .attempt = newest_attempt(of), .failures = failures_in_a_row(of)};
  for (const BackupInfo& backup : of.backups) {
    status.all_plain_bytes += backup.plain_bytes;
    status.all_stored_bytes += backup.stored_bytes;
  }
  if (!of.backups.empty()) {
    const BackupInfo& newest = of.backups.back();
    status.name = names_of(newest);
    status.newest = point_of(newest);
    status.proven = newest_with(of.backups, ProofLevel::restored);
    status.checked = newest_with(of.backups, ProofLevel::checksummed);
    status.seconds = seconds_of(newest);
    status.plain_bytes = newest.plain_bytes;
    status.stored_bytes = newest.stored_bytes;
  }
  status.backups = std::move(of.backups);
  add_schedule(status, facts);
  return status;
}

}  // namespace

double seconds_of(const BackupInfo& backup) { return std::max(0.0, std::chrono::duration<double>(backup.finished - backup.time).count()); }

double SeriesStatus::dedup_ratio() const noexcept {
  return all_stored_bytes == 0 ? 0 : static_cast<double>(all_plain_bytes) / static_cast<double>(all_stored_bytes);
}

std::vector<SeriesStatus> series_statuses(const Facts& facts) {
  std::map<std::string, SeriesFacts> all = by_series(facts);
  for (const auto& [series, schedule] : facts.schedules) all[series];  // one that never ran is overdue, not absent
  std::vector<SeriesStatus> statuses;
  for (auto& [series, of] : all) statuses.push_back(status_of_series(series, std::move(of), facts));
  std::ranges::stable_sort(statuses, {}, &SeriesStatus::name);
  return statuses;
}

}  // namespace holdfast
