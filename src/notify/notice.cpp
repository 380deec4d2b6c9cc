#include "holdfast/notice.hpp"

#include <algorithm>
#include <array>

#include "base/json_writer.hpp"
#include "holdfast/error.hpp"
#include "notify/notice_json.hpp"

namespace holdfast {

namespace {

constexpr std::array<std::pair<NoticeKind, std::string_view>, 16> kNoticeKinds = {{
    {NoticeKind::started, "started"},
    {NoticeKind::succeeded, "succeeded"},
    {NoticeKind::warnings, "warnings"},
    {NoticeKind::failed, "failed"},
    {NoticeKind::cancelled, "cancelled"},
    {NoticeKind::first_success, "first_success"},
    {NoticeKind::recovered, "recovered"},
    {NoticeKind::verification_fault, "verification_fault"},
    {NoticeKind::consecutive_failures, "consecutive_failures"},
    {NoticeKind::overdue, "overdue"},
    {NoticeKind::proof_too_old, "proof_too_old"},
    {NoticeKind::abnormal, "abnormal"},
    {NoticeKind::storage_warning, "storage_warning"},
    {NoticeKind::replica_behind, "replica_behind"},
    {NoticeKind::key_expiring, "key_expiring"},
    {NoticeKind::test, "test"},
}};
constexpr std::array<std::pair<NoticeSeverity, std::string_view>, 3> kSeverities = {
    {{NoticeSeverity::info, "info"}, {NoticeSeverity::warning, "warning"}, {NoticeSeverity::critical, "critical"}}};

template <typename Names, typename Value>
std::string_view pair_name(const Names& names, Value value) noexcept {
  const auto found = std::ranges::find(names, value, [](const auto& pair) { return pair.first; });
  return found == names.end() ? "unknown" : found->second;
}

template <typename Names>
auto pair_value(const Names& names, std::string_view name, const char* what) {
  const auto found = std::ranges::find(names, name, [](const auto& pair) { return pair.second; });
  if (found != names.end()) return found->first;
  std::string known;
  for (const auto& pair : names) known.append(known.empty() ? "" : ", ").append(pair.second);
  throw Error(ErrorCode::invalid_argument, "there is no " + std::string(what) + " '" + std::string(name) + "': use one of " + known);
}

bool is_bad(Outcome outcome) { return outcome == Outcome::failed || outcome == Outcome::faults; }

NoticeKind kind_of(const OperationRecord& record, std::optional<Outcome> previous) {
  switch (record.outcome) {
    case Outcome::running: return NoticeKind::started;
    case Outcome::failed: return NoticeKind::failed;
    case Outcome::faults: return NoticeKind::verification_fault;
    case Outcome::cancelled: return NoticeKind::cancelled;
    default: break;
  }
  if (!previous) return NoticeKind::first_success;
  if (is_bad(*previous)) return NoticeKind::recovered;
  return record.outcome == Outcome::warnings ? NoticeKind::warnings : NoticeKind::succeeded;
}

NoticeSeverity severity_of(Outcome outcome) {
  if (is_bad(outcome)) return NoticeSeverity::critical;
  return outcome == Outcome::warnings || outcome == Outcome::cancelled ? NoticeSeverity::warning : NoticeSeverity::info;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string result;
  for (const std::string& text : texts) result += (result.empty() ? "" : ", ") + text;
  return result;
}

std::string title_of(const OperationRecord& record, const std::string& series, NoticeKind kind) {
  const std::string what = record.operation + (series.empty() ? "" : " of " + series);
  switch (kind) {
    case NoticeKind::started: return what + " started";
    case NoticeKind::failed: return what + " FAILED";
    case NoticeKind::verification_fault: return what + " found FAULTS";
    case NoticeKind::cancelled: return what + " was cancelled";
    default: break;
  }
  const std::string_view warned = record.outcome == Outcome::warnings ? ", with warnings" : "";
  const std::string_view how = kind == NoticeKind::recovered       ? " succeeded again"
                               : kind == NoticeKind::first_success ? " succeeded for the first time"
                                                                   : " succeeded";
  return what + std::string(how) + std::string(warned);
}

std::vector<std::pair<std::string, std::string>> facts_of(const OperationRecord& record) {
  std::vector<std::pair<std::string, std::string>> facts = {{"operation", record.operation}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) facts.emplace_back(name, value);
  };
  add("repository", record.repository);
  add("sources", joined(record.sources));
  add("backups", joined(record.backups));
  add("where", record.where);
  if (record.error) add("error", std::string(to_string(*record.error)));
  if (record.outcome != Outcome::running) add("seconds", std::to_string(static_cast<long long>(record.seconds)));
  for (const auto& [name, count] : record.counts) facts.emplace_back("count." + name, std::to_string(count));
  add("run", record.id);
  return facts;
}

}  // namespace

std::string_view to_string(NoticeKind kind) noexcept { return pair_name(kNoticeKinds, kind); }
std::string_view to_string(NoticeSeverity severity) noexcept { return pair_name(kSeverities, severity); }
NoticeKind parse_notice_kind(std::string_view name) { return pair_value(kNoticeKinds, name, "kind of notice"); }
NoticeSeverity parse_notice_severity(std::string_view name) { return pair_value(kSeverities, name, "severity"); }

std::vector<NoticeKind> notice_kinds() {
  std::vector<NoticeKind> kinds;
  for (const auto& [kind, name] : kNoticeKinds) kinds.push_back(kind);
  return kinds;
}

Notice notice_of(const OperationRecord& record, const std::string& series, std::optional<Outcome> previous) {
  const NoticeKind kind = kind_of(record, previous);
  return {.kind = kind,
          .severity = severity_of(record.outcome),
          .series = series,
          .time = record.outcome == Outcome::running ? record.started : record.ended,
          .title = title_of(record, series, kind),
          .message = record.message,
          .facts = facts_of(record)};
}

void write_texts(JsonWriter& out, const Notice& notice) {
  out.member("event", to_string(notice.kind));
  out.member("severity", to_string(notice.severity));
  out.member("series", notice.series);
  out.member("time", format_time_micros(notice.time));
  out.member("title", notice.title);
  out.member("message", notice.message);
}

void write_members(JsonWriter& out, const Notice& notice) {
  write_texts(out, notice);
  out.key("facts");
  out.begin_object();
  for (const auto& [name, value] : notice.facts) out.member(name, value);
  out.end_object();
}

std::string to_json(const Notice& notice) {
  JsonWriter out;
  out.begin_object();
  write_members(out, notice);
  out.end_object();
  return std::move(out).text();
}

std::string to_json(const std::vector<Notice>& notices) {
  std::string text = "[";
  for (const Notice& notice : notices) text += (text.size() == 1 ? "" : ",") + to_json(notice);
  return text + "]";
}

}  // namespace holdfast
