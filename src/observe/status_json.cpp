#include <algorithm>

#include "base/json_writer.hpp"
#include "holdfast/status.hpp"
#include "observe/known_lag.hpp"
#include "observe/series_status.hpp"

namespace holdfast {

namespace {

void time_member(JsonWriter& out, std::string_view name, const std::optional<TimePoint>& time) {
  out.key(name);
  if (!time || *time == TimePoint{}) return out.null();
  out.value(format_time_micros(*time));
}

void write(JsonWriter& out, const Alert& alert) {
  out.begin_object();
  out.member("kind", to_string(alert.kind));
  out.member("severity", to_string(alert.severity));
  out.member("series", alert.series);
  time_member(out, "since", alert.since);
  out.member("text", alert.text);
  out.key("facts");
  out.begin_object();
  for (const auto& [name, fact] : alert.facts) out.member(name, fact);
  out.end_object();
  out.end_object();
}

void point_member(JsonWriter& out, std::string_view name, const std::optional<ProvenPoint>& point) {
  out.key(name);
  if (!point) return out.null();
  out.begin_object();
  out.member("backup", point->backup);
  time_member(out, "time", point->time);
  out.member("level", to_string(point->level));
  time_member(out, "proven", point->proven);
  out.end_object();
}

void attempt_member(JsonWriter& out, const std::optional<Attempt>& attempt) {
  out.key("attempt");
  if (!attempt) return out.null();
  out.begin_object();
  time_member(out, "started", attempt->started);
  out.member("outcome", to_string(attempt->outcome));
  out.key("error");
  if (attempt->error) {
    out.value(to_string(*attempt->error));
  } else {
    out.null();
  }
  out.member("message", attempt->message);
  out.end_object();
}

void write(JsonWriter& out, const SeriesStatus& series) {
  out.begin_object();
  out.member("series", series.series);
  out.member("name", series.name);
  attempt_member(out, series.attempt);
  out.member("failures", series.failures);
  point_member(out, "newest", series.newest);
  point_member(out, "proven", series.proven);
  point_member(out, "checked", series.checked);
  out.member("backups", std::uint64_t{series.backups.size()});
  out.member("seconds", series.seconds);
  out.member("size_bytes", series.plain_bytes);
  out.member("stored_bytes", series.stored_bytes);
  out.member("all_size_bytes", series.all_plain_bytes);
  out.member("all_stored_bytes", series.all_stored_bytes);
  out.member("dedup_ratio", series.dedup_ratio());
  time_member(out, "next_run", series.next_run);
  out.member("lateness_seconds", series.lateness_seconds);
  out.end_object();
}

void write_usage(JsonWriter& out, const StorageUsage& usage) {
  out.begin_object();
  out.member("bytes", usage.bytes);
  out.member("objects", usage.objects);
  out.key("limit_bytes");
  if (usage.limit_bytes == 0) {
    out.null();
  } else {
    out.value(usage.limit_bytes);
  }
  out.end_object();
}

void write_replica(JsonWriter& out, const ReplicaStatus& replica, const std::vector<ReplicaLag>& lags) {
  out.begin_object();
  out.member("uri", replica.uri);
  out.member("state", to_string(replica.state));
  out.member("why", replica.why);
  const ReplicaLag* const lag = known_lag(lags, replica);
  out.key("backups_behind");
  if (lag == nullptr) {
    out.null();
  } else {
    out.value(lag->backups);
  }
  time_member(out, "behind_since", lag == nullptr ? std::nullopt : lag->since);
  out.end_object();
}

template <typename Item>
void list_member(JsonWriter& out, std::string_view name, const std::vector<Item>& items) {
  out.key(name);
  out.begin_array();
  for (const Item& item : items) write(out, item);
  out.end_array();
}

}  // namespace

std::string to_json(const Alert& alert) {
  JsonWriter out;
  write(out, alert);
  return std::move(out).text();
}

std::string to_json(const Status& status) {
  JsonWriter out;
  out.begin_object();
  out.member("repository", status.repository.uri);
  out.member("repository_id", status.repository.id);
  time_member(out, "time", status.time);
  list_member(out, "alerts", status.alerts);
  list_member(out, "series", status.series);
  out.key("storage");
  if (status.usage) {
    write_usage(out, *status.usage);
  } else {
    out.null();
  }
  out.key("replicas");
  out.begin_array();
  for (const ReplicaStatus& replica : status.replicas) write_replica(out, replica, status.lags);
  out.end_array();
  out.end_object();
  return std::move(out).text();
}

}  // namespace holdfast
