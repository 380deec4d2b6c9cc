#include <map>
#include <memory>
#include <set>

#include "format.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

std::string names_of(const BackupInfo& backup) {
  std::string names;
  for (const SourceRecord& source : backup.sources) names += (names.empty() ? "" : ", ") + printable(source.name);
  return names;
}

// The series of the backups by the names of their sources.
std::map<std::string, std::set<std::string>> series_by_names(const std::vector<BackupInfo>& backups) {
  std::map<std::string, std::set<std::string>> series;
  for (const BackupInfo& backup : backups) series[names_of(backup)].insert(series_of(backup));
  return series;
}

// `ambiguous` tells that sources of the same names are of several series.
std::vector<std::string> row(const BackupInfo& backup, bool ambiguous, TimePoint now) {
  if (!backup.damage.empty()) return {backup.id, "", "DAMAGED: " + printable(backup.damage)};
  const std::string sources = names_of(backup) + (ambiguous ? " (" + printable(series_of(backup)) + ")" : "");
  std::string tags;
  for (const auto& [key, value] : backup.tags) tags += (tags.empty() ? "" : " ") + printable(key) + "=" + printable(value);
  std::string level = to_string(backup.level);
  if (backup.proven != TimePoint{}) level += " " + format_time(backup.proven);
  if (backup.failed) level += " FAILED " + format_time(backup.failed->time);
  const std::string time = format_time(backup.time) + (is_in_future(backup.time, now) ? " (in the future)" : "");
  return {backup.id, time, sources, format_size(backup.plain_bytes), format_size(backup.stored_bytes), level, tags};
}

int list(Session& session) {
  const Repository repository = session.open_repository();
  const std::vector<BackupInfo> backups = repository.list(session.context());
  const auto series = series_by_names(backups);
  Json documents = Json::array();
  std::vector<std::vector<std::string>> rows{{"ID", "TIME", "SOURCE", "SIZE", "STORED", "LEVEL", "TAGS"}};
  for (const BackupInfo& backup : backups) {
    documents.push_back(document(backup));
    rows.push_back(row(backup, series.at(names_of(backup)).size() > 1, session.context().now()));
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
