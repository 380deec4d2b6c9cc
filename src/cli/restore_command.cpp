#include <fmt/format.h>

#include <memory>
#include <optional>
#include <ranges>

#include "format.hpp"
#include "mask_input.hpp"
#include "output.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct RestoreArguments {
  std::string backup;
  std::vector<std::string> targets, sources, roles, driver;
  bool no_owner = false, no_privileges = false;
  MaskInput mask;
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

std::string text_of_mask(const MaskReport& mask) {
  std::uint64_t values = 0, rows = 0;
  for (const MaskedColumn& column : mask.columns) values += column.values;
  for (const DroppedRows& dropped : mask.dropped) rows += dropped.rows;
  std::string text;
  if (!mask.columns.empty()) text += fmt::format("masked {} in {}\n", count_of(values, "value"), count_of(mask.columns.size(), "column"));
  if (rows != 0) text += fmt::format("dropped {} by rule\n", count_of(rows, "row"));
  std::uint64_t chosen = 0, referred = 0;
  for (const KeptRows& kept : mask.kept) {
    chosen += kept.chosen;
    referred += kept.referred;
  }
  if (!mask.kept.empty()) {
    text += fmt::format("kept {} of {}, and {} that rows refer to\n", count_of(chosen, "chosen row"), count_of(mask.kept.size(), "table"),
                        referred);
  }
  return text;
}

std::string summary(const BackupInfo& backup, const RestoreReport& report) {
  const std::string what = report.counts.empty() ? format_size(report.bytes) : text_of(report.counts);
  return fmt::format("restored {}  {} into {}\n", backup.id, what, printable(report.where)) + text_of_mask(report.mask) +
         text_of_left_out(report.left_out);
}

// Returns the source for each target: those that were named or, for as many targets as sources, all in their order.
std::vector<std::string> sources_for(const RestoreArguments& arguments, const BackupInfo& backup) {
  const std::size_t targets = arguments.targets.size();
  std::vector<std::string> sources = arguments.sources;
  if (sources.empty() && targets == 1) return {""};
  if (sources.empty() && targets == backup.sources.size()) {
    for (std::size_t index = 0; index < targets; ++index) sources.push_back(std::to_string(index));
  }
  if (sources.size() != targets) {
    throw Error(ErrorCode::invalid_argument,
                fmt::format("{} given, but {} and {} in backup {}: name one --source for each target, in the same order",
                            count_of(targets, "target"), count_of(sources.size(), "--source"), count_of(backup.sources.size(), "source"),
                            backup.id));
  }
  for (const std::string& source : sources) Session::find_source(backup, source);  // all of them, before anything is restored
  return sources;
}

// Restores several sources, one after the other.
class Restorer {
 public:
  Restorer(Session& session, Repository& repository, const BackupInfo& backup)
      : session_(session), repository_(repository), backup_(backup) {}

  RestoreReport restore(const std::string& target, const RestoreOptions& options) {
    RestoreReport report = session_.with_progress(name_of(options.source), "written",
                                                  [&] { return repository_.restore(backup_.id, target, options, session_.context()); });
    session_.adopt_warnings(report.warnings);
    lines_ += summary(backup_, report);
    return report;
  }

  /// One that fails does not keep the others from being restored. Returns the first failure.
  std::optional<Error> restore_all(const std::vector<std::string>& targets, const std::vector<std::string>& sources,
                                   RestoreOptions options) {
    std::optional<Error> failure;
    for (std::size_t index = 0; index < targets.size(); ++index) {
      options.source = sources[index];
      Json result{{"source", name_of(options.source)}};
      try {
        result["restore"] = document(restore(targets[index], options));
      } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        const Error named(error.code(), fmt::format("source {}: {}", sources[index], error.message()));
        write_error("holdfast: " + printable(named.message()) + "\n");
        result["error"] = document(named);
        if (!failure) failure = named;
      }
      results_.push_back(std::move(result));
    }
    return failure;
  }

  const std::string& lines() const noexcept { return lines_; }
  const Json& results() const noexcept { return results_; }

 private:
  // Which of several sources a target without --source gets is up to its driver.
  std::string name_of(const std::string& source) const {
    if (!source.empty()) return backup_.sources[Session::find_source(backup_, source)].name;
    return backup_.sources.size() == 1 ? backup_.sources.front().name : "restore";
  }

  Session& session_;
  Repository& repository_;
  const BackupInfo& backup_;
  std::string lines_;
  Json results_ = Json::array();
};

int restore(Session& session, RestoreArguments& arguments) {
  arguments.options.owner = !arguments.no_owner;
  arguments.options.privileges = !arguments.no_privileges;
  arguments.options.role_map = parse_pairs(arguments.roles, "--role-map");
  arguments.options.driver = parse_pairs(arguments.driver, "-o");
  arguments.options.mask = read_mask(arguments.mask);
  Repository repository = session.open_repository();
  const BackupInfo backup = session.find_backup(repository, arguments.backup);
  const std::vector<std::string> sources = sources_for(arguments, backup);
  Restorer restorer(session, repository, backup);
  if (sources.size() == 1) {
    arguments.options.source = sources.front();
    Json report = document(restorer.restore(arguments.targets.front(), arguments.options));
    return session.confirm({{"backup", backup.id}, {"restore", std::move(report)}}, restorer.lines());
  }
  const std::optional<Error> failure = restorer.restore_all(arguments.targets, sources, arguments.options);
  const int code = session.confirm({{"backup", backup.id}, {"restores", restorer.results()}}, restorer.lines());
  return failure ? kFailed : code;
}

}  // namespace

void add_restore(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("restore", "Restore a backup into a target");
  const auto arguments = std::make_shared<RestoreArguments>();
  command.add_option("backup", arguments->backup, "Id, its unique beginning, latest, or latest:SERIES")->required();
  command.add_option("target", arguments->targets, "Where to: postgresql://..., dir:///path, \"exec:COMMAND\", ...; one for each source")
      ->required()
      ->type_name("URI");
  command
      .add_option("--source", arguments->sources, "Which source: its name, its URI, or its number from 0; one for each target (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME|N");
  add_selection_options(command, arguments->options.selection);
  command.add_flag("--no-owner", arguments->no_owner, "Restore neither ownership nor grants");
  command.add_flag("--no-privileges", arguments->no_privileges, "Restore ownership, but no grants");
  command.add_option("--role-map", arguments->roles, "Name at the target of a role of the backup (repeatable)")
      ->allow_extra_args(false)
      ->type_name("OLD=NEW");
  command.add_flag("--strict", arguments->options.strict,
                   "Fail if any object must be left out; otherwise those are named, and the exit code is 3");
  command.add_flag("--resume", arguments->options.resume, "Resume an interrupted restore of the same backup into this target");
  add_untrusted_flag(command, arguments->options.untrusted);
  add_mask_options(command, arguments->mask);
  add_driver_options(command, DriverCall::restore, arguments->driver);
  session.add_jobs_option(command);
  session.add_timeout_options(command);
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, arguments] { return restore(session, *arguments); });
}

}  // namespace holdfast::cli
