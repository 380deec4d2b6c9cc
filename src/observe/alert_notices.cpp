#include "holdfast/alert_notices.hpp"

#include <algorithm>

#include "base/json_tree.hpp"
#include "base/json_writer.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

NoticeKind notice_kind(AlertKind kind) {
  switch (kind) {
    case AlertKind::backups_failing: return NoticeKind::consecutive_failures;
    case AlertKind::backup_overdue: return NoticeKind::overdue;
    case AlertKind::proof_too_old: return NoticeKind::proof_too_old;
    case AlertKind::verification_fault:
    case AlertKind::backup_damaged: return NoticeKind::verification_fault;
    case AlertKind::storage_nearly_full: return NoticeKind::storage_warning;
    case AlertKind::replica_behind: return NoticeKind::replica_behind;
    case AlertKind::key_unused:
    case AlertKind::key_expiring: return NoticeKind::key_expiring;
    case AlertKind::backup_in_future:
    case AlertKind::duration_abnormal:
    case AlertKind::size_abnormal: break;
  }
  return NoticeKind::abnormal;
}

std::string title_of(std::string_view kind, const std::string& series) {
  std::string title(kind);
  std::ranges::replace(title, '_', ' ');
  return series.empty() ? title : title + ": " + series;
}

/// Tells one alert from others, also in a later run: "KIND SEVERITY WHICH SERIES", of which only the last has blanks.
std::string name_of(const Alert& alert) {
  std::string which = "-";
  for (const char* const fact : {"backup", "replica", "key"}) {
    const auto found = alert.facts.find(fact);
    if (found != alert.facts.end() && !found->second.empty() && found->second.find(' ') == std::string::npos) which = found->second;
  }
  return std::string(to_string(alert.kind)) + " " + std::string(to_string(alert.severity)) + " " + which + " " + alert.series;
}

/// The parts of a name without the severity.
struct Named {
  std::string kind, which, series;
  bool operator==(const Named&) const = default;
};

Named parse_name(std::string_view name) {
  const auto next = [&name] {
    const std::size_t end = std::min(name.find(' '), name.size());
    const std::string part(name.substr(0, end));
    name.remove_prefix(std::min(end + 1, name.size()));
    return part;
  };
  Named parts;
  parts.kind = next();
  next();
  parts.which = next();
  parts.series = std::string(name);
  return parts;
}

Notice notice_of(const Alert& alert) {
  return {.kind = notice_kind(alert.kind),
          .severity = alert.severity == Severity::critical ? NoticeSeverity::critical : NoticeSeverity::warning,
          .series = alert.series,
          .time = alert.since,
          .title = title_of(to_string(alert.kind), alert.series),
          .message = alert.text,
          .facts = {alert.facts.begin(), alert.facts.end()}};
}

Notice end_of(const Named& alert, TimePoint now) {
  return {.kind = NoticeKind::recovered,
          .severity = NoticeSeverity::info,
          .series = alert.series,
          .time = now,
          .title = title_of(alert.kind, alert.series) + " is over",
          .message = {},
          .facts = {{"alert", alert.kind}}};
}

}  // namespace

AlertChanges alert_notices(const std::vector<Alert>& alerts, const std::vector<std::string>& told, TimePoint now) {
  AlertChanges changes;
  std::vector<Named> present;
  for (const Alert& alert : alerts) {
    if (alert.severity == Severity::info) continue;
    const std::string name = name_of(alert);
    if (std::ranges::find(told, name) == told.end()) changes.notices.push_back(notice_of(alert));
    changes.told.push_back(name);
    present.push_back(parse_name(name));
  }
  for (const std::string& name : told) {
    const Named before = parse_name(name);
    if (std::ranges::find(present, before) == present.end()) changes.notices.push_back(end_of(before, now));
  }
  return changes;
}

std::string to_json(const AlertChanges& changes) {
  JsonWriter told;
  told.begin_array();
  for (const std::string& name : changes.told) told.value(name);
  told.end_array();
  return "{\"notices\":" + to_json(changes.notices) + ",\"told\":" + std::move(told).text() + "}";
}

std::vector<std::string> parse_told_alerts(std::string_view json) {
  const std::optional<JsonTree> tree = try_parse_json(json);
  const auto is_text = [](const nlohmann::json& name) { return name.is_string(); };
  if (!tree || !(*tree)->is_array() || !std::ranges::all_of(**tree, is_text))
    throw Error(ErrorCode::invalid_argument, "told: it is not an array of texts; pass on that of the last call");
  return (*tree)->get<std::vector<std::string>>();
}

}  // namespace holdfast
