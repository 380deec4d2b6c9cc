#include <memory>

#include "format.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

std::vector<std::string> row(const BackupInfo& backup, TimePoint now) {
  if (!backup.damage.empty()) return {backup.id, "", "DAMAGED: " + printable(backup.damage)};
  std::string sources;
  for (const SourceRecord& source : backup.sources) sources += (sources.empty() ? "" : ", ") + printable(source.name);
  std::string tags;
  for (const auto& [key, value] : backup.tags) tags += (tags.empty() ? "" : " ") + printable(key) + "=" + printable(value);
  std::string level = to_string(backup.level);
  if (backup.proven != TimePoint{}) level += " " + format_time(backup.proven);
  const std::string time = format_time(backup.time) + (is_in_future(backup.time, now) ? " (in the future)" : "");
  return {backup.id, time, sources, format_size(backup.plain_bytes), format_size(backup.stored_bytes), level, tags};
}

int list(Session& session) {
  const Repository repository = session.open_repository();
  const std::vector<BackupInfo> backups = repository.list(session.context());
  Json documents = Json::array();
  std::vector<std::vector<std::string>> rows{{"ID", "TIME", "SOURCE", "SIZE", "STORED", "LEVEL", "TAGS"}};
  for (const BackupInfo& backup : backups) {
    documents.push_back(document(backup));
    rows.push_back(row(backup, session.context().now()));
    if (!backup.damage.empty()) session.context().warn("can't be read: " + backup.damage, backup.id);
  }
  return session.finish({{"backups", documents}}, backups.empty() ? "no backups yet\n" : format_table(rows, {3, 4}));
}

}  // namespace

void add_list(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("list", "List the backups, newest first");
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session] { return list(session); });
}

}  // namespace holdfast::cli
