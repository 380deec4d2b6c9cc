#include <fmt/format.h>

#include <memory>

#include "format.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

std::string lines(const char* sign, const std::vector<EntryRecord>& entries) {
  std::string text;
  for (const EntryRecord& entry : entries) text += fmt::format("{} {}  {}\n", sign, printable(entry.name), format_size(entry.plain_bytes));
  return text;
}

int diff(Session& session, const std::string& first, const std::string& second) {
  const Repository repository = session.open_repository();
  BackupId before, after;
  const BackupDiff found = Session::on_backup([&] {
    before = repository.resolve(first, session.context());
    after = repository.resolve(second, session.context());
    return repository.diff(before, after, session.context());
  });
  Json json{{"first", before}, {"second", after}};
  json.update(document(found));
  const std::string text = lines("+", found.added) + lines("-", found.removed) + lines("M", found.changed) +
                           fmt::format("{} added, {} removed, {} changed, {} unchanged\n", found.added.size(), found.removed.size(),
                                       found.changed.size(), found.unchanged);
  return session.finish(std::move(json), text);
}

}  // namespace

void add_diff(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("diff", "Show which entries differ between two backups");
  const auto names = std::make_shared<std::pair<std::string, std::string>>();
  command.add_option("first", names->first, "The earlier backup")->required();
  command.add_option("second", names->second, "The later one")->required();
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, names] { return diff(session, names->first, names->second); });
}

}  // namespace holdfast::cli
