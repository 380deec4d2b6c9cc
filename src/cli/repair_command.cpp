#include <fmt/format.h>

#include <memory>

#include "format.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

std::string text(const ReplicaRepairReport& report) {
  std::string lines = fmt::format("copied {}, {}\n", count_of(report.copied_objects, "object"), format_size(report.copied_bytes));
  if (report.removed_objects != 0) lines += count_of(report.removed_objects, "object") + " removed whose removal was missed\n";
  if (report.replaced_objects != 0) lines += count_of(report.replaced_objects, "damaged object") + " replaced\n";
  for (const ReplicaStatus& copy : report.copies) lines += printable(copy.uri) + "  " + std::string(to_string(copy.state)) + "\n";
  return lines;
}

Json document(const ReplicaStatus& copy) {
  return {{"uri", copy.uri}, {"id", copy.id}, {"state", to_string(copy.state)}, {"why", copy.why}};
}

/// Needs neither key nor database: only the storages are read.
int repair(Session& session, ReplicaRepairOptions options) {
  if (session.repository_uris().size() < 2)
    throw Error(ErrorCode::invalid_argument,
                "a repository with one copy has nothing to be repaired from: name all its copies, each with -r");
  options.report = [&session](const std::string& line) { session.context().log(line); };
  const auto copies = session.open_copies(ReplicaUse::repair);
  const ReplicaRepairReport report = copies->repair(options, session.context());
  for (const std::string& problem : report.problems) session.context().warn(problem);
  Json list = Json::array();
  for (const ReplicaStatus& copy : report.copies) list.push_back(document(copy));
  Json json{
      {"copied_objects", report.copied_objects},     {"copied_bytes", report.copied_bytes}, {"removed_objects", report.removed_objects},
      {"replaced_objects", report.replaced_objects}, {"problems", report.problems},         {"copies", std::move(list)}};
  return session.confirm(std::move(json), text(report));
}

}  // namespace

void add_repair(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("repair", "Make the copies of a repository alike; safe beside running backups");
  const auto options = std::make_shared<ReplicaRepairOptions>();
  command.add_flag("--every-byte", options->every_byte, "Read and compare all objects, not only names and sizes");
  command.add_option("--forget", options->forget, "Id of a copy that is gone for good")->allow_extra_args(false)->type_name("ID");
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, options] { return repair(session, *options); });
}

}  // namespace holdfast::cli
