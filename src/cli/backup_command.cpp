#include <fmt/format.h>

#include <memory>

#include "format.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct BackupArguments {
  std::string series;
  std::vector<std::string> sources, tags, driver;
  BackupOptions options;
};

// Returns a short label for the bar until the source provides its own: the last part of the URI, without possible
// secrets.
std::string label_of(const std::vector<std::string>& sources) {
  if (sources.size() != 1) return fmt::format("{} sources", sources.size());
  const std::string& uri = sources.front();
  if (uri.starts_with("exec:")) {
    const std::size_t begin = uri.find_first_not_of(" \t", 5);
    const std::string word = begin == std::string::npos ? "" : uri.substr(begin, uri.find_first_of(" \t", begin) - begin);
    return word.empty() ? "exec" : word.substr(word.rfind('/') + 1);
  }
  const std::string path = uri.substr(0, uri.find_first_of("?#"));
  const std::string last = path.substr(path.rfind('/') + 1);
  return last.empty() || last.find('@') != std::string::npos ? "backup" : last;
}

std::string summary(const BackupInfo& backup, const Counts& counts) {
  const std::string what =
      counts.empty() ? format_size(backup.plain_bytes) + ", " + format_size(backup.stored_bytes) + " stored" : text_of(counts);
  return fmt::format("backup {}  {}\n", backup.id, what);
}

int backup(Session& session, BackupArguments& arguments) {
  arguments.options.tags = parse_pairs(arguments.tags, "--tag");
  if (!arguments.series.empty() && !arguments.options.tags.emplace("series", arguments.series).second) {
    throw Error(ErrorCode::invalid_argument, "--series names the series, and --tag series=... too: use one of them");
  }
  arguments.options.driver = parse_pairs(arguments.driver, "-o");
  Repository repository = session.open_repository();
  const BackupInfo made = session.with_progress(label_of(arguments.sources), "read",
                                                [&] { return repository.backup(arguments.sources, arguments.options, session.context()); });
  return session.confirm({{"backup", document(made)}}, summary(made, repository.drivers().counts_of(made.sources)));
}

}  // namespace

void add_backup(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("backup", "Back up one or more sources under one commit");
  const auto arguments = std::make_shared<BackupArguments>();
  command.add_option("source", arguments->sources, "What to read: postgresql://..., dir:///path, \"exec:COMMAND\", ...")
      ->required()
      ->type_name("URI");
  add_selection_options(command, arguments->options.selection);
  command
      .add_option("--series", arguments->series,
                  "Name of the series: the same as --tag series=NAME; default: host and place of the sources")
      ->type_name("NAME");
  command.add_option("--tag", arguments->tags, "Mark the backup (repeatable)")->allow_extra_args(false)->type_name("KEY=VALUE");
  command.add_option("--compression", arguments->options.compression,
                     "zstd, zstd:1-19, gzip, gzip:1-9, lz4 or none; default: depends on the source");
  add_driver_options(command, DriverCall::backup, arguments->driver);
  session.add_jobs_option(command);
  session.add_timeout_options(command);
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, arguments] { return backup(session, *arguments); });
}

}  // namespace holdfast::cli
