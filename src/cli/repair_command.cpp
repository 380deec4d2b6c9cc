#include <fmt/format.h>

#include <memory>

#include "format.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

// The result of a repair, for programs and for people.
struct Done {
  Json json = Json::object();
  std::string text;
};

/// Needs neither key nor database, because it reads only the storages.
void repair_copies(Session& session, ReplicaRepairOptions options, Done& done) {
  options.report = [&session](const std::string& line) { session.context().log(line); };
  const ReplicaRepairReport report = session.open_copies(ReplicaUse::repair)->repair(options, session.context());
  for (const std::string& problem : report.problems) session.context().warn(problem);
  done.text += fmt::format("copied {}, {}\n", count_of(report.copied_objects, "object"), format_size(report.copied_bytes));
  if (report.removed_objects != 0) done.text += count_of(report.removed_objects, "object") + " removed, as on the other copies\n";
  if (report.replaced_objects != 0) done.text += count_of(report.replaced_objects, "damaged object") + " replaced\n";
  for (const ReplicaStatus& copy : report.copies) done.text += printable(copy.uri) + "  " + std::string(to_string(copy.state)) + "\n";
  done.json.update(document(report));
}

void repair_index(Session& session, Done& done) {
  const RepairReport report = session.open_repository(Session::IndexCache::off).repair(session.context());
  done.text += fmt::format("the index names {} again\n", count_of(report.indexed_packs, "pack"));
  if (report.removed_segments != 0) done.text += count_of(report.removed_segments, "damaged index segment") + " removed\n";
  if (report.unreadable_packs != 0) {
    done.text += count_of(report.unreadable_packs, "pack") + " can't be read: verify says which backups lack something\n";
  }
  done.json.update(document(report));
}

int repair(Session& session, const ReplicaRepairOptions& options, bool index) {
  const bool several = session.repository_uris().size() > 1;
  if (!several && (options.every_byte || !options.forget.empty())) {
    throw Error(ErrorCode::invalid_argument,
                "--every-byte and --forget compare the copies of a repository: name all of them, each with -r");
  }
  Done done;
  if (several) repair_copies(session, options, done);
  if (!several || index) repair_index(session, done);
  return session.confirm(std::move(done.json), done.text);
}

}  // namespace

void add_repair(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("repair", "Rebuild a lost index, or make the copies of a repository equal; safe at any time");
  const auto options = std::make_shared<ReplicaRepairOptions>();
  const auto index = std::make_shared<bool>(false);
  command.add_flag("--every-byte", options->every_byte, "For copies: read and compare all objects, not only names and sizes");
  command.add_option("--forget", options->forget, "Id of a copy that is gone for good")->allow_extra_args(false)->type_name("ID");
  command.add_flag("--index", *index, "For copies: rebuild the index, too");
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, options, index] { return repair(session, *options, *index); });
}

}  // namespace holdfast::cli
