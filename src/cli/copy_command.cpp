#include <memory>

#include "format.hpp"
#include "key_input.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct CopyArguments {
  std::vector<std::string> names, storage_options;
  std::string destination, password_file, key_file;
};

std::optional<Key> destination_key(const CopyArguments& arguments) {
  if (!arguments.key_file.empty()) return read_key_file(arguments.key_file);
  if (!arguments.password_file.empty()) return passphrase(read_secret_file(arguments.password_file, "password"));
  return std::nullopt;
}

int copy(Session& session, const CopyArguments& arguments) {
  const Repository from = session.open_repository();
  OpenOptions options;
  options.key = destination_key(arguments);
  options.storage = session.storage_options_for(arguments.destination, arguments.storage_options);
  Repository to = Repository::open(arguments.destination, options, session.context());
  Json copies = Json::array();
  std::string text;
  for (const std::string& name : arguments.names) {
    const BackupId id = session.find_backup(from, name).id;
    const BackupInfo made = session.with_progress(id, "copied", [&] { return from.copy_to(id, to, {}, session.context()); });
    copies.push_back({{"from", id}, {"backup", document(made)}});
    text += "copied " + id + " to " + made.id + "\n";
  }
  return session.confirm({{"copies", copies}}, text);
}

}  // namespace

void add_copy(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("copy", "Copy backups into another repository, plain or packed");
  const auto arguments = std::make_shared<CopyArguments>();
  command.add_option("backup", arguments->names, "Ids, their unique beginnings, latest, or latest:SERIES")->required();
  command.add_option("--to", arguments->destination, "The other repository")->required()->type_name("URI");
  command.add_option("--to-password-file", arguments->password_file, "Its password")->type_name("FILE");
  command.add_option("--to-key-file", arguments->key_file, "Its raw key")->type_name("FILE");
  command.add_option("--to-storage-option", arguments->storage_options, "An option of its storage (repeatable)")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, arguments] { return copy(session, *arguments); });
}

}  // namespace holdfast::cli
