#include <fmt/format.h>

#include <memory>

#include "format.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

std::string text(const BackupInfo& backup, const Manifest& manifest) {
  std::vector<std::vector<std::string>> facts{
      {"backup", backup.id},
      {"begun", format_time(backup.time)},
      {"finished", format_time(backup.finished)},
      {"written by", printable(manifest.written_by)},
      {"size", format_size(backup.plain_bytes)},
      {"stored", format_size(backup.stored_bytes)},
      {"level", to_string(backup.level) + (backup.proven == TimePoint{} ? "" : ", proven " + format_time(backup.proven))}};
  if (backup.failed) {
    facts.push_back({"failed", to_string(backup.failed->level) + ", " + format_time(backup.failed->time) + ", " +
                                   std::to_string(backup.failed->faults) + " fault(s)"});
    for (const std::string& fault : backup.failed->first) facts.push_back({"", printable(fault)});
  }
  for (const auto& [key, value] : backup.tags) facts.push_back({"tag", printable(key) + "=" + printable(value)});
  for (const SourceRecord& source : backup.sources) {
    facts.push_back({"source", printable(source.uri) + ", as of " + format_time(source.instant)});
    for (const auto& [key, value] : source.notes) facts.push_back({"", printable(key) + ": " + printable(value)});
  }
  std::vector<std::vector<std::string>> entries{{"ENTRY", "KIND", "SIZE", "STORED"}};
  for (const EntryRecord& entry : manifest.entries) {
    entries.push_back({printable(entry.name), printable(entry.kind), format_size(entry.plain_bytes), format_size(entry.stored_bytes)});
  }
  return format_table(facts, {}) + "\n" + format_table(entries, {2, 3});
}

int show(Session& session, const std::string& name) {
  const Repository repository = session.open_repository();
  const BackupInfo backup = session.find_backup(repository, name);
  const auto manifest = repository.manifest(backup.id, session.context());
  Json entries = Json::array();
  for (const EntryRecord& entry : manifest->entries) entries.push_back(document(entry));
  Json json{{"backup", document(backup)}, {"written_by", manifest->written_by}, {"entries", entries}};
  return session.finish(std::move(json), text(backup, *manifest));
}

}  // namespace

void add_show(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("show", "Show one backup: its sources, facts and entries");
  const auto name = std::make_shared<std::string>();
  command.add_option("backup", *name, "Id, its unique beginning, latest, or latest:SERIES")->required();
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, name] { return show(session, *name); });
}

}  // namespace holdfast::cli
