#include "holdfast/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <ranges>
#include <set>
#include <utility>

#include "base/utf8.hpp"
#include "holdfast/version.hpp"
#include "observe/known_lag.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kMostLabel = 512;
using Labels = std::vector<std::pair<std::string_view, std::string>>;

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : to_utf8(text, kMostLabel)) {
    if (c == '\\' || c == '"') result += '\\';
    result += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return result;
}

double seconds_since_1970(TimePoint time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

/// Writes families of gauges: each has its help and type once, and nothing if it has no sample.
class Gauges {
 public:
  /// `repository` is a label of each sample.
  explicit Gauges(std::string repository) : repository_(std::move(repository)) {}

  void begin(std::string_view name, std::string_view help) {
    name_ = name;
    help_ = help;
  }

  void sample(double value, const Labels& labels = {}) {
    if (!std::isfinite(value)) return;
    if (!help_.empty()) text_ += fmt::format("# HELP holdfast_{0} {1}\n# TYPE holdfast_{0} gauge\n", name_, help_);
    help_ = {};
    text_ += fmt::format("holdfast_{}{{repository=\"{}\"", name_, escaped(repository_));
    for (const auto& [label, text] : labels) text_ += fmt::format(",{}=\"{}\"", label, escaped(text));
    text_ += fmt::format("}} {:.17g}\n", value);
  }

  void only(std::string_view name, std::string_view help, double value, const Labels& labels = {}) {
    begin(name, help);
    sample(value, labels);
  }

  std::string finish() && { return std::move(text_) + "# EOF\n"; }

 private:
  const std::string repository_;
  std::string_view name_, help_;
  std::string text_;
};

using Value = std::function<std::optional<double>(const SeriesStatus&, TimePoint now)>;

std::optional<double> time_of(const std::optional<ProvenPoint>& point, TimePoint ProvenPoint::*which) {
  return point ? std::optional(seconds_since_1970((*point).*which)) : std::nullopt;
}

std::optional<double> age_of_point(const std::optional<ProvenPoint>& point, TimePoint now) {
  return point ? std::optional(std::chrono::duration<double>(now - point->time).count()) : std::nullopt;
}

struct SeriesMetric {
  std::string_view name, help;
  Value value;
};

const std::vector<SeriesMetric>& series_metrics() {
  static const std::vector<SeriesMetric> kMetrics{
      {"last_attempt_timestamp_seconds", "When the newest attempt to make a backup began.",
       [](const SeriesStatus& series, TimePoint) {
         return series.attempt ? std::optional(seconds_since_1970(series.attempt->started)) : std::nullopt;
       }},
      {"last_attempt_succeeded", "1 if the newest attempt made a backup, 0 if it failed or was cancelled.",
       [](const SeriesStatus& series, TimePoint) -> std::optional<double> {
         if (!series.attempt) return std::nullopt;
         return series.attempt->outcome == Outcome::succeeded || series.attempt->outcome == Outcome::warnings ? 1 : 0;
       }},
      {"consecutive_failures", "Attempts in a row that failed.",
       [](const SeriesStatus& series, TimePoint) { return static_cast<double>(series.failures); }},
      {"last_success_timestamp_seconds", "When the newest backup began.",
       [](const SeriesStatus& series, TimePoint) { return time_of(series.newest, &ProvenPoint::time); }},
      {"proven_point_timestamp_seconds", "When the newest backup began that was restored and compared: the last proven restorable point.",
       [](const SeriesStatus& series, TimePoint) { return time_of(series.proven, &ProvenPoint::time); }},
      {"last_proof_timestamp_seconds", "When that backup was proven.",
       [](const SeriesStatus& series, TimePoint) { return time_of(series.proven, &ProvenPoint::proven); }},
      {"restorable_point_age_seconds", "Age of the newest backup: the data that a loss of the source would cost now.",
       [](const SeriesStatus& series, TimePoint now) { return age_of_point(series.newest, now); }},
      {"proven_point_age_seconds", "Age of the last proven restorable point: the data that a loss of the source would cost at most.",
       [](const SeriesStatus& series, TimePoint now) { return age_of_point(series.proven, now); }},
      {"proven_level", "Level of that proof: 2 restored, 3 content-equal.",
       [](const SeriesStatus& series, TimePoint) {
         return series.proven ? std::optional(static_cast<double>(series.proven->level)) : std::nullopt;
       }},
      {"checked_point_timestamp_seconds", "When the newest backup began of which every byte was read back, or that was proven.",
       [](const SeriesStatus& series, TimePoint) { return time_of(series.checked, &ProvenPoint::time); }},
      {"backups", "Backups that can be restored.",
       [](const SeriesStatus& series, TimePoint) { return static_cast<double>(series.backups.size()); }},
      {"last_backup_duration_seconds", "Duration of the newest backup.",
       [](const SeriesStatus& series, TimePoint) { return series.newest ? std::optional(series.seconds) : std::nullopt; }},
      {"last_backup_read_bytes", "Bytes that the newest backup read.",
       [](const SeriesStatus& series, TimePoint) {
         return series.newest ? std::optional(static_cast<double>(series.plain_bytes)) : std::nullopt;
       }},
      {"last_backup_stored_bytes", "Bytes that the newest backup added to the storage.",
       [](const SeriesStatus& series, TimePoint) {
         return series.newest ? std::optional(static_cast<double>(series.stored_bytes)) : std::nullopt;
       }},
      {"read_bytes", "Bytes that all backups read.",
       [](const SeriesStatus& series, TimePoint) { return static_cast<double>(series.all_plain_bytes); }},
      {"stored_bytes", "Bytes that all backups added to the storage.",
       [](const SeriesStatus& series, TimePoint) { return static_cast<double>(series.all_stored_bytes); }},
      {"dedup_ratio", "Bytes read for each byte stored, of all backups.",
       [](const SeriesStatus& series, TimePoint) {
         return series.all_stored_bytes == 0 ? std::nullopt : std::optional(series.dedup_ratio());
       }},
      {"next_run_timestamp_seconds", "When the schedule runs the next backup.",
       [](const SeriesStatus& series, TimePoint) {
         return series.next_run ? std::optional(seconds_since_1970(*series.next_run)) : std::nullopt;
       }},
      {"schedule_lateness_seconds", "Time since a backup was due that was not made; 0 if none is due.",
       [](const SeriesStatus& series, TimePoint) { return series.lateness_seconds; }},
  };
  return kMetrics;
}

void write_series(Gauges& out, const Status& status, std::size_t most) {
  const std::size_t shown = std::min(most, status.series.size());
  for (const SeriesMetric& metric : series_metrics()) {
    out.begin(metric.name, metric.help);
    for (std::size_t index = 0; index < shown; ++index) {
      const SeriesStatus& series = status.series[index];
      if (const auto value = metric.value(series, status.time)) out.sample(*value, {{"series", series.series}});
    }
  }
  out.only("series_left_out", "Series without metrics of their own, because there are too many.",
           static_cast<double>(status.series.size() - shown));
}

// A driver whose source has a log notes the position in it as PostgreSQL does: two hexadecimal halves.
std::optional<double> log_position(const SourceRecord& source) {
  const auto note = source.notes.find("wal_position");
  if (note == source.notes.end()) return std::nullopt;
  const std::string& text = note->second;
  std::uint32_t high = 0, low = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, high, 16);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '/') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, low, 16);
  if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
  return static_cast<double>(std::uint64_t{high} << 32 | low);
}

void write_positions(Gauges& out, const Status& status, std::size_t most) {
  out.begin("log_position_bytes", "Position in the source's log that the newest backup has.");
  for (const SeriesStatus& series : status.series | std::views::take(most)) {
    if (series.backups.empty()) continue;
    std::set<std::string> named;
    for (const SourceRecord& source : series.backups.back().sources) {
      if (const auto position = log_position(source); position && named.insert(source.uri).second)
        out.sample(*position, {{"series", series.series}, {"source", source.uri}});
    }
  }
}

// Operations and reasons are words of this library, so that there are never many. Another version's are counted as
// "other".
std::string known_operation(const std::string& operation) {
  static const std::set<std::string> kKnown{"backup", "verify",      "verify_all", "verify_repository", "expire",          "remove",
                                            "gc",     "undo_remove", "repair",     "add_key",           "rotate_data_key", "remove_key"};
  return kKnown.contains(operation) ? operation : "other";
}

void write_history(Gauges& out, const std::vector<OperationRecord>& history) {
  std::map<std::pair<std::string, std::string>, std::uint64_t> outcomes, reasons;
  std::map<std::string, std::uint64_t> retries;
  for (const OperationRecord& record : history) {
    const std::string operation = known_operation(record.operation);
    ++outcomes[{operation, to_string(record.outcome)}];
    retries[operation] += record.counts.of("retries");
    if (record.outcome == Outcome::failed) ++reasons[{operation, std::string(to_string(record.error.value_or(ErrorCode::internal)))}];
  }
  out.begin("history_operations", "Operations in the history, by outcome; old ones expire.");
  for (const auto& [key, count] : outcomes) out.sample(static_cast<double>(count), {{"operation", key.first}, {"outcome", key.second}});
  out.begin("history_retries", "Retries of requests to storages by operations in the history; old ones expire.");
  for (const auto& [operation, count] : retries) out.sample(static_cast<double>(count), {{"operation", operation}});
  out.begin("history_failures", "Failed operations in the history, by reason; old ones expire.");
  for (const auto& [key, count] : reasons) out.sample(static_cast<double>(count), {{"operation", key.first}, {"reason", key.second}});
}

void write_alerts(Gauges& out, const std::vector<Alert>& alerts) {
  std::map<std::pair<std::string_view, std::string_view>, std::uint64_t> counts;
  for (const Alert& alert : alerts) ++counts[{to_string(alert.kind), to_string(alert.severity)}];
  out.begin("alerts", "What needs attention, by kind and severity.");
  for (const auto& [key, count] : counts) {
    out.sample(static_cast<double>(count), {{"kind", std::string(key.first)}, {"severity", std::string(key.second)}});
  }
}

void write_lags(Gauges& out, const Status& status) {
  std::map<std::string, const ReplicaLag*> lags;  // by URI
  for (const ReplicaStatus& replica : status.replicas) {
    if (const ReplicaLag* const lag = known_lag(status.lags, replica)) lags.emplace(replica.uri, lag);
  }
  out.begin("replica_lag_backups", "Backups that the replica lacks.");
  for (const auto& [uri, lag] : lags) out.sample(static_cast<double>(lag->backups), {{"replica", uri}});
  out.begin("replica_lag_seconds", "Age of the oldest backup that the replica lacks; 0 if it lacks none.");
  for (const auto& [uri, lag] : lags) {
    const double age = lag->since ? std::chrono::duration<double>(status.time - *lag->since).count() : 0;
    out.sample(std::max(0.0, age), {{"replica", uri}});
  }
}

void write_storage(Gauges& out, const Status& status) {
  if (status.usage) {
    out.only("repository_bytes", "Bytes on the storage.", static_cast<double>(status.usage->bytes));
    out.only("repository_objects", "Objects on the storage.", static_cast<double>(status.usage->objects));
    if (status.usage->limit_bytes != 0)
      out.only("repository_limit_bytes", "Bytes that the storage can hold.", static_cast<double>(status.usage->limit_bytes));
  }
  out.begin("replica_in_sync", "1 if the replica has everything, else 0.");
  std::set<std::string> named;
  for (const ReplicaStatus& replica : status.replicas) {
    if (named.insert(replica.uri).second) out.sample(replica.state == ReplicaStatus::State::in_sync ? 1 : 0, {{"replica", replica.uri}});
  }
  write_lags(out, status);
}

}  // namespace

std::string metrics_text(const Status& status, const MetricsOptions& options) {
  Gauges out(status.repository.uri);
  out.only("repository_info", "The repository; always 1.", 1, {{"id", status.repository.id}, {"version", std::string(version())}});
  out.only("status_timestamp_seconds", "When these figures were gathered.", seconds_since_1970(status.time));
  write_series(out, status, options.series);
  write_positions(out, status, options.series);
  write_storage(out, status);
  write_history(out, status.history);
  write_alerts(out, status.alerts);
  return std::move(out).finish();
}

}  // namespace holdfast
