#include "holdfast/alerts.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "base/count_of.hpp"
#include "holdfast/figures.hpp"
#include "holdfast/retention.hpp"
#include "observe/known_lag.hpp"
#include "observe/series_status.hpp"
#include "observe/unusual.hpp"

namespace holdfast {

namespace {

std::string error_text(const std::optional<ErrorCode>& code, const std::string& message) {
  return (code ? std::string(to_string(*code)) : std::string("unknown error")) + (message.empty() ? "" : ": " + message);
}

/// Collects the alerts of one set of facts.
class Judge {
 public:
  Judge(const Facts& facts, const AlertRules& rules) : facts_(facts), rules_(rules) {}

  void judge(const SeriesStatus& series) {
    failures(series);
    overdue(series);
    proof(series);
    unusual(series);
  }

  void judge_repository() {
    unknown_failures();
    backups();
    verifications();
    storage();
    replicas();
    keys();
  }

  std::vector<Alert> take() && {
    std::ranges::stable_sort(alerts_, {}, [](const Alert& alert) {
      return std::tuple(-static_cast<int>(alert.severity), alert.since, alert.series, alert.kind);
    });
    return std::move(alerts_);
  }

 private:
  void add(AlertKind kind, Severity severity, const std::string& series, TimePoint since, std::string text, Notes facts = {}) {
    alerts_.push_back({kind, severity, series, since, std::move(text), std::move(facts)});
  }

  void failures(const SeriesStatus& series) {
    if (series.failures == 0 || series.failures < rules_.failures) return;
    const auto first = std::ranges::find_if(facts_.history, [&](const OperationRecord& record) {
      const bool after = !series.newest || record.started >= series.newest->time;
      return record.operation == "backup" && record.series == series.series && record.outcome == Outcome::failed && after;
    });
    const auto last = std::ranges::find_if(facts_.history.rbegin(), facts_.history.rend(), [&](const OperationRecord& record) {
      return record.operation == "backup" && record.series == series.series && record.outcome == Outcome::failed;
    });
    if (first == facts_.history.end() || last == facts_.history.rend()) return;
    const auto severity = series.failures >= rules_.critical_failures ? Severity::critical : Severity::warning;
    add(AlertKind::backups_failing, severity, series.series, first->started,
        count_of(series.failures, "attempt") + " in a row failed, the last with " + error_text(last->error, last->message),
        {{"failures", std::to_string(series.failures)}, {"error", last->error ? std::string(to_string(*last->error)) : ""}});
  }

  // A source that could not be reached has not told its series. Such a failure is shown for a day, because nothing
  // tells when it is over.
  void unknown_failures() {
    std::uint64_t failures = 0;
    const OperationRecord* last = nullptr;
    for (const OperationRecord& record : facts_.history) {
      const bool unknown = record.operation == "backup" && record.series.empty() && record.outcome == Outcome::failed;
      if (!unknown || facts_.now - record.ended > std::chrono::hours(24)) continue;
      ++failures;
      last = &record;
    }
    if (last == nullptr) return;
    add(AlertKind::backups_failing, Severity::warning, "", last->started,
        count_of(failures, "backup") + " failed in the last day before the source told its name, the last with " +
            error_text(last->error, last->message),
        {{"failures", std::to_string(failures)}, {"error", last->error ? std::string(to_string(*last->error)) : ""}});
  }

  // Without a schedule, twice the usual time between two backups.
  void overdue(const SeriesStatus& series) {
    const auto scheduled = facts_.schedules.find(series.series);
    if (scheduled != facts_.schedules.end() && scheduled->second.due) {
      if (series.lateness_seconds <= static_cast<double>(rules_.overdue_after.count())) return;
      add(AlertKind::backup_overdue, Severity::critical, series.series, *scheduled->second.due,
          "no backup since the run that was due " + format_span(facts_.now - *scheduled->second.due) + " ago");
      return;
    }
    const std::optional<std::chrono::microseconds> usual = usual_gap(series);
    if (!usual || scheduled != facts_.schedules.end()) return;
    const TimePoint expected = series.newest->time + *usual;
    if (facts_.now <= expected + *usual + rules_.overdue_after) return;
    add(AlertKind::backup_overdue, Severity::critical, series.series, expected,
        "the newest backup is " + format_span(facts_.now - series.newest->time) + " old; usually there is one every " + format_span(*usual),
        {{"usual_seconds", std::to_string(std::chrono::floor<std::chrono::seconds>(*usual).count())}});
  }

  std::optional<std::chrono::microseconds> usual_gap(const SeriesStatus& series) const {
    if (series.backups.size() < 2 || series.backups.size() < rules_.minimum_history) return std::nullopt;
    constexpr std::size_t kGaps = 30;
    std::vector<double> gaps;
    for (std::size_t index = series.backups.size() - 1; index > 0 && gaps.size() < kGaps; --index) {
      gaps.push_back(std::chrono::duration<double>(series.backups[index].time - series.backups[index - 1].time).count());
    }
    return std::chrono::round<std::chrono::microseconds>(std::chrono::duration<double>(median(std::move(gaps))));
  }

  void proof(const SeriesStatus& series) {
    if (series.backups.empty()) return;
    std::optional<TimePoint> last;
    for (const BackupInfo& backup : series.backups) {
      if (backup.level >= rules_.proof_level) last = std::max(last.value_or(backup.proven), backup.proven);
    }
    const TimePoint since = last.value_or(series.backups.front().time);
    const bool old = facts_.now - since > rules_.proof_age;
    if (last && !old) return;
    const std::string level = to_string(rules_.proof_level);
    add(AlertKind::proof_too_old, old ? Severity::warning : Severity::info, series.series, since,
        last ? "the newest proof at level " + level + " is " + format_span(facts_.now - *last) + " old"
             : "no backup was ever proven at level " + level,
        {{"level", level}});
  }

  void unusual(const SeriesStatus& series) {
    std::vector<double> seconds, bytes;
    for (const BackupInfo& backup : series.backups) {
      seconds.push_back(seconds_of(backup));
      bytes.push_back(static_cast<double>(backup.plain_bytes));
    }
    if (const auto found = judge_last(bytes, rules_)) {
      const auto size = [](double value) { return format_size(static_cast<std::uint64_t>(value)); };
      add(AlertKind::size_abnormal, found->value < found->median ? Severity::critical : Severity::warning, series.series,
          series.newest->time, "the newest backup has " + size(found->value) + "; usual is " + size(found->median),
          {{"bytes", std::to_string(static_cast<std::uint64_t>(found->value))},
           {"usual_bytes", std::to_string(static_cast<std::uint64_t>(found->median))}});
    }
    // Below a minute, other work on the machine makes the difference.
    const auto found = judge_last(seconds, rules_);
    if (!found || std::max(found->value, found->median) < 60) return;
    add(AlertKind::duration_abnormal, Severity::warning, series.series, series.newest->time,
        "the newest backup took " + format_seconds(found->value) + "; usual is " + format_seconds(found->median));
  }

  void backups() {
    for (const BackupInfo& backup : facts_.backups) {
      if (!backup.damage.empty())
        add(AlertKind::backup_damaged, Severity::critical, "", backup.time, "backup " + backup.id + " can't be read: " + backup.damage,
            {{"backup", backup.id}});
      else if (is_in_future(backup.time, facts_.now))
        add(AlertKind::backup_in_future, Severity::warning, series_of(backup), facts_.now,
            "backup " + backup.id + " is dated in the future: a clock was or is wrong", {{"backup", backup.id}});
    }
  }

  // A fault is over when a later verification of the same found none, or the backup is removed.
  void verifications() {
    std::set<std::string> judged;
    for (auto record = facts_.history.rbegin(); record != facts_.history.rend(); ++record) {
      const bool of_all = record->operation == "verify_all";
      if (!of_all && record->operation != "verify" && record->operation != "verify_repository") continue;
      if (record->outcome != Outcome::faults && !is_clean(*record)) continue;  // it found out nothing
      const std::string subject = record->operation == "verify" && !record->backups.empty() ? record->backups.front() : record->operation;
      if (!judged.insert(subject).second || judged_as_a_whole_) continue;
      if (record->outcome == Outcome::faults) add_fault(*record, subject);
      judged_as_a_whole_ = of_all;
    }
  }

  static bool is_clean(const OperationRecord& record) {
    return record.outcome == Outcome::succeeded || (record.outcome == Outcome::warnings && record.counts.of("faults") == 0);
  }

  void add_fault(const OperationRecord& record, const std::string& subject) {
    const auto backup = std::ranges::find(facts_.backups, subject, &BackupInfo::id);
    if (record.operation == "verify" && backup == facts_.backups.end()) return;
    const std::uint64_t faults = record.counts.of("faults");
    const std::string where = record.operation == "verify" ? "backup " + subject : "the repository";
    add(AlertKind::verification_fault, Severity::critical, record.operation == "verify" ? series_of(*backup) : "", record.ended,
        "a verification of " + where + " found " + count_of(faults, "fault"),
        {{"faults", std::to_string(faults)}, {"backup", record.operation == "verify" ? subject : ""}});
  }

  void storage() {
    if (!facts_.usage || facts_.usage->limit_bytes == 0) return;
    const auto [bytes, objects, limit] = *facts_.usage;
    const double share = static_cast<double>(bytes) / static_cast<double>(limit);
    if (share < rules_.storage_warning) return;
    add(AlertKind::storage_nearly_full, share >= rules_.storage_critical ? Severity::critical : Severity::warning, "", facts_.now,
        format_size(bytes) + " of " + format_size(limit) + " are used",
        {{"bytes", std::to_string(bytes)}, {"limit_bytes", std::to_string(limit)}});
  }

  void replicas() {
    for (const ReplicaStatus& replica : facts_.replicas) {
      if (replica.state == ReplicaStatus::State::in_sync) continue;
      Notes facts{{"replica", replica.uri}, {"state", std::string(to_string(replica.state))}};
      std::string lacks;
      if (const ReplicaLag* const lag = known_lag(facts_.lags, replica)) {
        facts["backups"] = std::to_string(lag->backups);
        lacks = " and lacks " + count_of(lag->backups, "backup");
      }
      add(AlertKind::replica_behind, Severity::warning, "", facts_.now,
          "replica " + replica.uri + " is " + std::string(to_string(replica.state)) + lacks +
              (replica.why.empty() ? "" : ": " + replica.why),
          std::move(facts));
    }
  }

  void keys() {
    for (const KeyUse& key : facts_.keys) {
      if (key.last_used && facts_.now - *key.last_used > rules_.key_unused_after)
        add(AlertKind::key_unused, Severity::info, "", *key.last_used,
            "key " + key.id + " was not used for " + format_span(facts_.now - *key.last_used) + ": remove it if nobody needs it",
            {{"key", key.id}});
      if (!key.expires || *key.expires - facts_.now > rules_.key_expires_within) continue;
      const bool over = *key.expires <= facts_.now;
      add(AlertKind::key_expiring, over ? Severity::critical : Severity::warning, "", facts_.now,
          over ? "key " + key.id + " has expired: replace it" : "key " + key.id + " expires in " + format_span(*key.expires - facts_.now),
          {{"key", key.id}});
    }
  }

  const Facts& facts_;
  const AlertRules& rules_;
  std::vector<Alert> alerts_;
  bool judged_as_a_whole_ = false;
};

}  // namespace

std::string_view to_string(AlertKind kind) noexcept {
  switch (kind) {
    case AlertKind::backups_failing: return "backups_failing";
    case AlertKind::backup_overdue: return "backup_overdue";
    case AlertKind::proof_too_old: return "proof_too_old";
    case AlertKind::verification_fault: return "verification_fault";
    case AlertKind::backup_damaged: return "backup_damaged";
    case AlertKind::backup_in_future: return "backup_in_future";
    case AlertKind::duration_abnormal: return "duration_abnormal";
    case AlertKind::size_abnormal: return "size_abnormal";
    case AlertKind::storage_nearly_full: return "storage_nearly_full";
    case AlertKind::replica_behind: return "replica_behind";
    case AlertKind::key_unused: return "key_unused";
    case AlertKind::key_expiring: return "key_expiring";
  }
  return "unknown";
}

std::string_view to_string(Severity severity) noexcept {
  switch (severity) {
    case Severity::info: return "info";
    case Severity::warning: return "warning";
    case Severity::critical: return "critical";
  }
  return "unknown";
}

std::vector<Alert> alerts_of(const Facts& facts, const std::vector<SeriesStatus>& series, const AlertRules& rules) {
  Judge judge(facts, rules);
  for (const SeriesStatus& one : series) judge.judge(one);
  judge.judge_repository();
  return std::move(judge).take();
}

std::vector<Alert> find_alerts(const Facts& facts, const AlertRules& rules) { return alerts_of(facts, series_statuses(facts), rules); }

}  // namespace holdfast
