#include <fmt/format.h>

#include <memory>
#include <ranges>

#include "format.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct RestoreArguments {
  std::string backup, target;
  std::vector<std::string> driver;
  bool no_owner = false;
  RestoreOptions options;
};

std::string text_of_left_out(const std::vector<LeftOut>& left_out) {
  constexpr std::size_t kMostShown = 20;
  std::string text;
  for (const LeftOut& item : left_out | std::views::take(kMostShown)) {
    text += fmt::format("{}  {}\n", item.instead.empty() ? "left out" : "restored as less", printable(item.object));
    if (!item.instead.empty()) text += "  instead: " + printable(item.instead) + "\n";
    text += "  reason: " + printable(item.reason) + "\n";
    if (!item.statement.empty()) text += "  statement: " + printable(item.statement) + "\n";
  }
  if (left_out.size() > kMostShown) text += fmt::format("and {} more: --json names all\n", left_out.size() - kMostShown);
  return text;
}

std::string summary(const BackupInfo& backup, const RestoreReport& report) {
  const std::string what = report.counts.empty() ? format_size(report.bytes) : text_of(report.counts);
  return fmt::format("restored {}  {} into {}\n", backup.id, what, printable(report.where)) + text_of_left_out(report.left_out);
}

int restore(Session& session, RestoreArguments& arguments) {
  arguments.options.owner = !arguments.no_owner;
  arguments.options.driver = parse_pairs(arguments.driver, "-o");
  Repository repository = session.open_repository();
  const BackupInfo backup = session.find_backup(repository, arguments.backup);
  const RestoreReport report = session.with_progress(backup.sources.size() == 1 ? backup.sources.front().name : "restore", "written", [&] {
    return repository.restore(backup.id, arguments.target, arguments.options, session.context());
  });
  Json json{{"backup", backup.id}, {"restore", document(report)}};
  session.adopt_warnings(report.warnings);
  return session.confirm(std::move(json), summary(backup, report));
}

}  // namespace

void add_restore(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("restore", "Restore a backup into a target");
  const auto arguments = std::make_shared<RestoreArguments>();
  command.add_option("backup", arguments->backup, "Id, its unique beginning, latest, or latest:SERIES")->required();
  command.add_option("target", arguments->target, "Where to: postgresql://..., dir:///path, \"exec:COMMAND\", ...")
      ->required()
      ->type_name("URI");
  add_selection_options(command, arguments->options.selection);
  command.add_flag("--no-owner", arguments->no_owner, "Restore neither ownership nor grants");
  command.add_flag("--strict", arguments->options.strict,
                   "Fail if any object must be left out; otherwise those are named, and the exit code is 3");
  command.add_flag("--resume", arguments->options.resume, "Resume an interrupted restore of the same backup into this target");
  add_untrusted_flag(command, arguments->options.untrusted);
  add_driver_options(command, DriverCall::restore, arguments->driver);
  session.add_jobs_option(command);
  session.add_timeout_options(command);
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, arguments] { return restore(session, *arguments); });
}

}  // namespace holdfast::cli
