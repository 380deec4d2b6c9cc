#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "format.hpp"
#include "holdfast/duration.hpp"
#include "holdfast/metrics.hpp"
#include "output.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct StatusArguments {
  std::string html, metrics;
  std::string proof_age = "30d";
  bool measure = false;
};

std::string when(const std::optional<ProvenPoint>& point) { return point ? format_time(point->time) : "never"; }

std::string row_name(const SeriesStatus& series, const Status& status) {
  const bool ambiguous = std::ranges::count(status.series, series.name, &SeriesStatus::name) > 1;
  return printable(series.name) + (ambiguous ? " (" + printable(series.series) + ")" : "");
}

std::vector<std::string> row(const SeriesStatus& series, const Status& status) {
  const std::string ratio = series.dedup_ratio() == 0 ? "" : fmt::format("{:.1f}", series.dedup_ratio());
  return {row_name(series, status),
          when(series.proven),
          series.proven ? to_string(series.proven->level) : "",
          when(series.newest),
          series.attempt ? to_string(series.attempt->outcome) : "never",
          std::to_string(series.backups.size()),
          format_size(series.plain_bytes),
          format_size(series.all_stored_bytes),
          ratio,
          format_seconds(series.seconds)};
}

std::string attention(const Status& status) {
  if (status.alerts.empty()) return "Nothing needs attention.\n\n";
  std::vector<std::vector<std::string>> rows;
  for (const Alert& alert : status.alerts) {
    const auto of = std::ranges::find(status.series, alert.series, &SeriesStatus::series);
    const std::string subject = of == status.series.end() ? printable(alert.series) : row_name(*of, status);
    rows.push_back({std::string(to_string(alert.severity)), subject.empty() ? "the repository" : subject, printable(alert.text)});
  }
  return "Needs attention:\n" + format_table(rows, {}) + "\n";
}

std::string table(const Status& status) {
  if (status.series.empty()) return attention(status) + "no backups yet\n";
  std::vector<std::vector<std::string>> rows{
      {"SERIES", "LAST PROVEN POINT", "LEVEL", "NEWEST", "ATTEMPT", "BACKUPS", "SIZE", "STORED", "DEDUP", "TOOK"}};
  for (const SeriesStatus& series : status.series) rows.push_back(row(series, status));
  std::string text = attention(status) + format_table(rows, {5, 6, 7, 8, 9});
  if (status.usage) text += fmt::format("storage: {} in {}\n", format_size(status.usage->bytes), count_of(status.usage->objects, "object"));
  return text;
}

// Other users read these files: a web server, node_exporter.
void write_file(const std::string& path, const std::string& text, Session& session) {
  const std::unique_ptr<Writer> out = path == "-" ? output_writer(session.context().stop) : file_writer(path, true, Readers::others_too);
  out->write(as_bytes(text));
  out->commit();
}

int status(Session& session, const StatusArguments& arguments) {
  const int outputs = (session.json() ? 1 : 0) + (arguments.html == "-" ? 1 : 0) + (arguments.metrics == "-" ? 1 : 0);
  if (outputs > 1)
    throw Error(ErrorCode::invalid_argument,
                "only one of --json, --html - and --metrics - can go to standard output: name files for the others");
  const AlertRules rules{.proof_age = parse_duration(arguments.proof_age)};
  Repository repository = session.open_repository();
  const Status status = status_of(gather_facts(repository, {.measure = arguments.measure}, session.context()), rules);
  const bool files = !arguments.html.empty() || !arguments.metrics.empty();
  if (!arguments.html.empty()) write_file(arguments.html, status_page(status), session);
  if (!arguments.metrics.empty()) write_file(arguments.metrics, metrics_text(status), session);
  return session.finish(document(status), files ? "" : table(status));
}

}  // namespace

void add_status(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("status", "Show what needs attention, and the last proven restorable point of each series");
  const auto arguments = std::make_shared<StatusArguments>();
  command.add_option("--html", arguments->html, "Write a page into this file, which is replaced; - is standard output")->type_name("FILE");
  command.add_option("--metrics", arguments->metrics, "Write OpenMetrics text into this file, which is replaced; - is standard output")
      ->type_name("FILE");
  command.add_option("--proof-age", arguments->proof_age, "Oldest accepted proof, such as 7d; default: 30d")->type_name("DURATION");
  command.add_flag("--measure", arguments->measure, "List all objects of the storage, to count them and their bytes");
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, arguments] { return status(session, *arguments); });
}

}  // namespace holdfast::cli
