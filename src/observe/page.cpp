#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "base/count_of.hpp"
#include "holdfast/figures.hpp"
#include "holdfast/status.hpp"
#include "holdfast/version.hpp"
#include "observe/chart.hpp"
#include "observe/known_lag.hpp"
#include "observe/markup.hpp"
#include "observe/page_style.hpp"
#include "observe/series_status.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kShownOperations = 30;

// Names are isolated, so that one written from right to left does not turn the text around it.
std::string name_html(std::string_view name) { return "<bdi>" + escape_html(name) + "</bdi>"; }

std::string time_html(TimePoint time) {
  const std::string text = format_time(time);
  return fmt::format("<time datetime=\"{}\">{} {}</time>", text, text.substr(0, 10), text.substr(11, 5));
}

std::string ago_html(TimePoint time, TimePoint now) {
  return time > now ? time_html(time) : fmt::format("{} <span class=\"soft ago\">{} ago</span>", time_html(time), format_span(now - time));
}

std::string never(std::string_view text = "never") { return fmt::format("<span class=\"warning-text\">{}</span>", text); }

std::string attempt_html(const SeriesStatus& series, TimePoint now) {
  if (!series.attempt) return never();
  const Outcome outcome = series.attempt->outcome;
  const bool failed = outcome == Outcome::failed || outcome == Outcome::cancelled;
  return fmt::format("<span{}>{}</span> {}", failed ? " class=\"critical-text\"" : "", to_string(outcome),
                     ago_html(series.attempt->started, now));
}

std::string proven_html(const SeriesStatus& series, TimePoint now) {
  if (!series.proven) return never();
  return ago_html(series.proven->time, now) + "<br>" + to_string(series.proven->level);
}

std::string ratio_text(double ratio) { return ratio == 0 ? "–" : fmt::format("{:.1f} : 1", ratio); }

std::string section(std::string_view id, std::string_view title_html, std::string_view content) {
  return fmt::format("<section aria-labelledby=\"{0}\"><h2 id=\"{0}\">{1}</h2>\n{2}</section>\n", id, title_html, content);
}

std::string table(std::string_view label, const std::vector<std::string_view>& heads, const std::string& rows) {
  std::string text =
      fmt::format("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{} as a table\"><table><thead><tr>", label);
  for (const std::string_view head : heads) text += fmt::format("<th scope=\"col\">{}</th>", head);
  return text + "</tr></thead><tbody>\n" + rows + "</tbody></table></div>\n";
}

// The name of a series, with the series itself if several have that name.
std::string title_of(const SeriesStatus& series, const std::vector<SeriesStatus>& all) {
  const bool ambiguous = std::ranges::count(all, series.name, &SeriesStatus::name) > 1;
  return name_html(series.name) + (ambiguous ? " <span class=\"soft\">" + name_html(series.series) + "</span>" : "");
}

std::string title_of(const std::string& series, const Status& status) {
  const auto found = std::ranges::find(status.series, series, &SeriesStatus::series);
  return found == status.series.end() ? name_html(series) : title_of(*found, status.series);
}

std::string attention(const Status& status) {
  if (status.alerts.empty()) return section("attention", "Needs attention", "<p class=\"fine\">Nothing.</p>\n");
  std::string items;
  for (const Alert& alert : status.alerts) {
    const std::string subject = alert.series.empty() ? "the repository" : title_of(alert.series, status);
    const std::string since = alert.since < status.time ? " <span class=\"soft\">since " + time_html(alert.since) + "</span>" : "";
    items += fmt::format("<li class=\"{0}\"><b>{0}</b> · {1}: {2}{3}</li>\n", to_string(alert.severity), subject, escape_html(alert.text),
                         since);
  }
  return section("attention", fmt::format("Needs attention ({})", status.alerts.size()), "<ul class=\"alerts\">\n" + items + "</ul>\n");
}

std::string overview(const Status& status) {
  if (status.series.empty()) return section("series", "Series", "<p>There are no backups yet.</p>\n");
  std::string rows;
  for (std::size_t index = 0; index < status.series.size(); ++index) {
    const SeriesStatus& series = status.series[index];
    rows += fmt::format("<tr><th scope=\"row\"><a href=\"#series-{}\">{}</a></th><td>{}</td><td>{}</td><td>{}</td>", index,
                        title_of(series, status.series), proven_html(series, status.time),
                        series.newest ? ago_html(series.newest->time, status.time) : never(), attempt_html(series, status.time));
    rows += fmt::format("<td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
                        format_size(series.plain_bytes), format_size(series.all_stored_bytes), ratio_text(series.dedup_ratio()));
  }
  return section(
      "series", "Series",
      table("Series", {"Series", "Last proven restorable point", "Newest backup", "Last attempt", "Size", "Stored", "Dedup"}, rows));
}

std::chrono::seconds late_for(const SeriesStatus& series) {
  return std::chrono::seconds(static_cast<std::int64_t>(series.lateness_seconds));
}

std::string next_runs(const Status& status) {
  std::vector<const SeriesStatus*> planned;
  for (const SeriesStatus& series : status.series) {
    if (series.next_run || series.lateness_seconds > 0) planned.push_back(&series);
  }
  if (planned.empty()) return {};
  std::ranges::stable_sort(planned, {}, [](const SeriesStatus* series) { return series->next_run.value_or(TimePoint{}); });
  std::string rows;
  for (const SeriesStatus* series : planned) {
    const std::string late = series->lateness_seconds > 0 ? never(format_span(late_for(*series)) + " late") : "on time";
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n", title_of(*series, status.series),
                        series->next_run ? time_html(*series->next_run) : "–", late);
  }
  return section("next", "Next runs", table("Next runs", {"Series", "Next run", "State"}, rows));
}

std::string charts(const SeriesStatus& series) {
  std::vector<ChartPoint> sizes, durations, ratios;
  double plain = 0, stored = 0;
  for (const BackupInfo& backup : series.backups) {
    plain += static_cast<double>(backup.plain_bytes);
    stored += static_cast<double>(backup.stored_bytes);
    sizes.push_back({backup.time, static_cast<double>(backup.plain_bytes)});
    durations.push_back({backup.time, seconds_of(backup)});
    ratios.push_back({backup.time, stored == 0 ? 0 : plain / stored});
  }
  return "<div class=\"charts\">\n" +
         line_chart("Size", sizes, [](double value) { return format_size(static_cast<std::uint64_t>(value)); }) +
         line_chart("Duration", durations, format_seconds) + line_chart("Deduplication", ratios, ratio_text) + proof_chart(series.backups) +
         "</div>\n";
}

std::string series_sections(const Status& status) {
  std::string sections;
  for (std::size_t index = 0; index < status.series.size(); ++index) {
    const SeriesStatus& series = status.series[index];
    std::string content = fmt::format(
        "<dl><div><dt>Last proven restorable point</dt><dd>{}</dd></div><div><dt>Newest backup that was read back</dt><dd>{}</dd></div>"
        "<div><dt>Last attempt</dt><dd>{}</dd></div><div><dt>Backups</dt><dd>{}</dd></div></dl>\n",
        proven_html(series, status.time), series.checked ? ago_html(series.checked->time, status.time) : never(),
        attempt_html(series, status.time), series.backups.size());
    if (!series.backups.empty()) content += charts(series);
    sections += section(fmt::format("series-{}", index), title_of(series, status.series), content);
  }
  return sections;
}

std::string operations(const Status& status) {
  std::string rows;
  for (const OperationRecord& record : status.history | std::views::reverse | std::views::take(kShownOperations)) {
    const bool bad = record.outcome != Outcome::succeeded && record.outcome != Outcome::warnings;
    rows += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td{}>{}</td><td class=\"number\">{}</td><td>{}</td></tr>\n",
                        time_html(record.ended), name_html(record.operation), title_of(record.series, status),
                        bad ? " class=\"critical-text\"" : "", to_string(record.outcome), format_seconds(record.seconds),
                        name_html(record.message));
  }
  if (rows.empty()) return {};
  return section("operations", "Newest operations",
                 table("Newest operations", {"Ended", "Operation", "Series", "Outcome", "Duration", "Message"}, rows));
}

std::string lag_html(const ReplicaStatus& replica, const Status& status) {
  const ReplicaLag* const lag = known_lag(status.lags, replica);
  if (lag == nullptr || !lag->since) return {};
  return fmt::format(", lacks {}, the oldest of {}", count_of(lag->backups, "backup"), ago_html(*lag->since, status.time));
}

std::string storage(const Status& status) {
  std::string items;
  if (status.usage) {
    const std::string limit = status.usage->limit_bytes == 0 ? "" : " of " + format_size(status.usage->limit_bytes);
    items += fmt::format("<div><dt>Storage</dt><dd>{}{} in {}</dd></div>", format_size(status.usage->bytes), limit,
                         count_of(status.usage->objects, "object"));
  }
  for (const ReplicaStatus& replica : status.replicas) {
    items += fmt::format("<div><dt>Replica {}</dt><dd>{}{}</dd></div>", name_html(replica.uri), to_string(replica.state),
                         lag_html(replica, status));
  }
  return items.empty() ? "" : section("storage", "Storage", "<dl>" + items + "</dl>\n");
}

}  // namespace

std::string status_page(const Status& status) {
  const std::string uri = escape_html(status.repository.uri);
  return fmt::format(
             "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Backups in {0}</title>\n<style>{1}</style>"
             "</head>\n<body><header><h1>Backups in <bdi>{0}</bdi></h1>\n<p class=\"soft\">As of {2} UTC · holdfast "
             "{3}</p></header>\n<main>\n",
             uri, kPageStyle, time_html(status.time), version()) +
         attention(status) + overview(status) + next_runs(status) + series_sections(status) + storage(status) + operations(status) +
         "</main></body></html>\n";
}

}  // namespace holdfast
