#include <algorithm>
#include <memory>

#include "format.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

// Called for each id before any removal, so that all exist or none is removed. Accepts a damaged backup, which find()
// refuses.
void require_backup(Session& session, const Repository& repository, const BackupId& id) {
  try {
    session.find_backup(repository, id);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt) throw;
  }
}

int bring_back(Session& session, const std::vector<std::string>& ids) {
  Repository repository = session.open_repository();
  std::string text;
  for (const BackupId& id : ids) {
    repository.undo_remove(id, session.context());
    text += "brought back " + id + "\n";
  }
  return session.confirm({{"brought_back", ids}}, text);
}

int remove(Session& session, const std::vector<std::string>& names) {
  Repository repository = session.open_repository();
  std::vector<BackupId> ids;
  for (const std::string& name : names) {
    const BackupId id = Session::on_backup([&] { return repository.resolve(name, session.context()); });
    if (names.size() > 1) require_backup(session, repository, id);
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  std::string text;
  for (const BackupId& id : ids) {
    Session::on_backup([&] { repository.remove(id, session.context()); });
    text += "removed " + id + "\n";
  }
  return session.confirm({{"removed", ids}}, text);
}

}  // namespace

void add_remove(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("remove", "Remove backups; in a packed repository they can be brought back until gc frees them");
  const auto names = std::make_shared<std::vector<std::string>>();
  command.add_option("backup", *names, "Ids, their unique beginnings, latest, or latest:SERIES")->required();
  const auto undo = std::make_shared<bool>(false);
  command.add_flag("--undo", *undo, "Bring removed backups back, by their full ids");
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, names, undo] { return *undo ? bring_back(session, *names) : remove(session, *names); });
}

}  // namespace holdfast::cli
