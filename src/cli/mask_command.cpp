#include <fmt/format.h>

#include <memory>

#include "format.hpp"
#include "mask_input.hpp"
#include "output.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct MaskArguments {
  std::string backup, source = "0";
  MaskInput input;
  bool strict = false;
};

std::string check_text(const MaskCheck& check) {
  std::string text;
  for (const Fault& fault : check.faults) text += printable(fault.object) + ": " + printable(fault.what) + "\n";
  if (!check.ok()) return text + fmt::format("{} in the rules: nothing would be restored\n", count_of(check.faults.size(), "fault"));
  std::vector<std::vector<std::string>> rows{{"TABLE", "COLUMN", "RULE"}};
  for (const MaskedColumn& column : check.columns) rows.push_back({printable(column.table), printable(column.column), column.rule});
  text = format_table(rows, {});
  for (const SubsetTable& subset : check.subsets)
    text += fmt::format("{}: {} of {} chosen, and those that rows refer to\n", printable(subset.table), subset.chosen,
                        count_of(subset.rows, "row"));
  if (!check.subsets.empty())
    text += "how many rows come because others refer to them is known only after all rows were read: restore and export report it\n";
  return text + fmt::format("the rules fit {}, {} masked\n", count_of(check.tables, "table"), count_of(check.columns.size(), "column"));
}

int check(Session& session, const MaskArguments& arguments) {
  std::optional<MaskOptions> mask = read_mask(arguments.input);
  if (!mask) throw Error(ErrorCode::invalid_argument, "give the rules to check with --mask");
  mask->strict = arguments.strict;
  const Repository repository = session.open_repository();
  const BackupInfo backup = session.find_backup(repository, arguments.backup);
  const std::uint32_t source = Session::find_source(backup, arguments.source);
  const MaskCheck result = repository.check_mask(backup.id, source, *mask, session.context());
  const int code = session.finish({{"backup", backup.id}, {"mask", document(result)}}, check_text(result));
  return result.ok() ? code : kFault;
}

int suggest(Session& session, const MaskArguments& arguments) {
  const Repository repository = session.open_repository();
  const BackupInfo backup = session.find_backup(repository, arguments.backup);
  const std::uint32_t source = Session::find_source(backup, arguments.source);
  const std::string rules = repository.suggest_mask(backup.id, source, session.context());
  return session.finish({{"backup", backup.id}, {"rules", rules}}, rules);
}

CLI::App& add_action(CLI::App& mask, Session& session, const char* name, const char* help, MaskArguments& arguments) {
  CLI::App& command = *mask.add_subcommand(name, help);
  command.add_option("backup", arguments.backup, "Id, its unique beginning, latest, or latest:SERIES")->required();
  command.add_option("--source", arguments.source, "Which source: its name, its URI, or its number from 0; default: 0")
      ->type_name("NAME|N");
  session.add_repository_options(command);
  session.add_output_options(command);
  return command;
}

}  // namespace

void add_mask(CLI::App& app, Session& session) {
  CLI::App& mask = *app.add_subcommand("mask", "Rules that replace values while a backup is restored or exported");
  mask.require_subcommand(1);
  const auto arguments = std::make_shared<MaskArguments>();
  CLI::App& checking = add_action(mask, session, "check", "Compare rules with a backup, without restoring it", *arguments);
  add_mask_options(checking, arguments->input);
  checking.add_flag("--strict", arguments->strict, "A column that no rule names is a fault");
  session.on(checking, [&session, arguments] { return check(session, *arguments); });

  CLI::App& suggesting = add_action(mask, session, "suggest", "Propose rules by names, types and samples of rows", *arguments);
  session.on(suggesting, [&session, arguments] { return suggest(session, *arguments); });
}

}  // namespace holdfast::cli
