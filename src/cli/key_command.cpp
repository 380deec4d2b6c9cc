#include <fmt/format.h>

#include <memory>

#include "format.hpp"
#include "holdfast/recovery_key.hpp"
#include "key_input.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct NewKey {
  std::string password_file, key_file;
  bool recovery = false;
};

Key read_new_key(Session& session, const NewKey& source) {
  if (!source.key_file.empty()) return read_key_file(source.key_file);
  if (!source.password_file.empty()) return passphrase(read_secret_file(source.password_file, "password"));
  Secret first = prompt_password("Additional password: ", session.context());
  const Secret second = prompt_password("The same again: ", session.context());
  if (as_text(first.bytes()) != as_text(second.bytes())) throw Error(ErrorCode::invalid_argument, "the two passwords differ");
  return passphrase(std::move(first));
}

int list_keys(Session& session) {
  Json keys = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const KeySlot& slot : session.open_repository().keys()) {
    keys.push_back(document(slot));
    rows.push_back({slot.id, slot.damage.empty() ? slot.kind : "damaged: " + printable(slot.damage)});
  }
  return session.finish({{"keys", keys}}, format_table(rows, {}));
}

int add(Session& session, const NewKey& source) {
  Repository repository = session.open_repository();
  const std::string id = repository.add_key(read_new_key(session, source), session.context());
  return session.confirm({{"added", id}}, "added key " + id + "\n");
}

// The printed text is the only copy.
int add_recovery(Session& session) {
  Repository repository = session.open_repository();
  const RecoveryKey made = make_recovery_key(*session.context().host.random);
  const std::string id = repository.add_key(made.key, session.context());
  const std::string text(as_text(made.text.bytes()));
  return session.finish({{"added", id}, {"recovery_key", text}}, text + "\n\nThis recovery key (" + id +
                                                                     ") opens the repository: print it, and keep it in another place.\n"
                                                                     "To use it, type it into a file and give that as --key-file.\n");
}

int remove(Session& session, const std::string& id) {
  session.open_repository().remove_key(id, session.context());
  return session.confirm({{"removed", id}}, "removed key " + id + "\n");
}

int rotate(Session& session) {
  session.open_repository().rotate_data_key(session.context());
  return session.confirm({{"rotated", true}}, "new data is encrypted under a new key; passwords and keys stay as they are\n");
}

CLI::App& add_action(CLI::App& key, Session& session, const char* name, const char* help) {
  CLI::App& command = *key.add_subcommand(name, help);
  session.add_repository_options(command);
  session.add_output_options(command);
  return command;
}

}  // namespace

void add_key(CLI::App& app, Session& session) {
  CLI::App& key = *app.add_subcommand("key", "The passwords and keys that open a repository");
  key.require_subcommand(1);
  CLI::App& listing = add_action(key, session, "list", "Show them");
  session.on(listing, [&session] { return list_keys(session); });

  CLI::App& adding = add_action(key, session, "add", "Add a password or raw key; asks for it unless a file is given");
  const auto source = std::make_shared<NewKey>();
  adding.add_option("--new-password-file", source->password_file, "File with the password to add")->type_name("FILE");
  adding.add_option("--new-key-file", source->key_file, "File with the raw key of 32 bytes to add")->type_name("FILE");
  adding.add_flag("--recovery", source->recovery, "Make a random key and print it, for paper in a safe")
      ->excludes("--new-password-file")
      ->excludes("--new-key-file");
  session.on(adding, [&session, source] { return source->recovery ? add_recovery(session) : add(session, *source); });

  CLI::App& removing =
      add_action(key, session, "remove", "Remove a password or key, except the one that opens the repository for this command");
  const auto id = std::make_shared<std::string>();
  removing.add_option("key", *id, "Its id, as `key list` shows it")->required();
  session.on(removing, [&session, id] { return remove(session, *id); });

  CLI::App& rotating = add_action(key, session, "rotate", "Encrypt new data under a new data key");
  session.on(rotating, [&session] { return rotate(session); });
}

}  // namespace holdfast::cli
