#include <fmt/format.h>

#include "format.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

std::string text(const RepairReport& report) {
  std::string lines = fmt::format("the index names {} again\n", count_of(report.indexed_packs, "pack"));
  if (report.removed_segments != 0) lines += count_of(report.removed_segments, "damaged index segment") + " removed\n";
  if (report.unreadable_packs != 0) {
    lines += count_of(report.unreadable_packs, "pack") + " can't be read: verify says which backups lack something\n";
  }
  return lines;
}

int repair(Session& session) {
  Repository repository = session.open_repository();
  const RepairReport report = repository.repair(session.context());
  Json json{{"indexed_packs", report.indexed_packs},
            {"removed_segments", report.removed_segments},
            {"unreadable_packs", report.unreadable_packs}};
  return session.confirm(std::move(json), text(report));
}

}  // namespace

void add_repair(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("repair", "Make a lost or damaged index again from the packs; safe at any time");
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session] { return repair(session); });
}

}  // namespace holdfast::cli
