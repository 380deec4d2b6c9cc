#include <memory>

#include "format.hpp"
#include "holdfast/duration.hpp"
#include "holdfast/replication.hpp"
#include "key_input.hpp"
#include "output.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct CopyArguments {
  std::vector<std::string> names, storage_options;
  std::string destination, password_file, key_file, every = "1m", verify;
  bool missing = false, continuous = false;
};

std::optional<Key> destination_key(const CopyArguments& arguments) {
  if (!arguments.key_file.empty()) return read_key_file(arguments.key_file);
  if (!arguments.password_file.empty()) return passphrase(read_secret_file(arguments.password_file, "password"));
  return std::nullopt;
}

ReplicationOptions replication_options(const CopyArguments& arguments) {
  ReplicationOptions options;
  const std::chrono::seconds every = parse_duration(arguments.every);
  if (every < std::chrono::seconds(1)) throw Error(ErrorCode::invalid_argument, "--every takes one second or more");
  if (arguments.continuous) options.every = every;
  if (!arguments.verify.empty()) options.verify = parse_level(arguments.verify);
  return options;
}

void say_copied(Session& session, const BackupId& id, const BackupInfo& made) {
  if (session.json()) {
    write_output(one_line({{"event", "copied"}, {"from", id}, {"backup", document(made)}}) + "\n");
  } else if (!session.quiet()) {
    write_output("copied " + id + " to " + made.id + "\n");
  }
}

void say_failed(const Session& session, const BackupId& id, const std::string& why) {
  if (session.json()) {
    write_output(one_line({{"event", "failed"}, {"from", id}, {"message", why}}) + "\n");
  } else {
    write_error("holdfast: can't copy " + (id.empty() ? "backups" : printable(id)) + ": " + printable(why) + "\n");
  }
}

int copy_missing(Session& session, const ReplicationOptions& given, const Repository& from, Repository& to) {
  ReplicationOptions options = given;
  options.on_begin = [&](const BackupId& id) { session.begin_progress(id, "copied"); };
  options.on_end = [&](const Replicated& one) {
    session.end_progress(one.error.empty());
    if (one.error.empty()) {
      say_copied(session, one.backup, *one.copy);
    } else {
      say_failed(session, one.backup, one.error);
    }
  };
  return replicate(from, to, options, session.context()).failed.empty() ? kOk : kFailed;
}

int copy_named(Session& session, const CopyArguments& arguments, const Repository& from, Repository& to) {
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

int copy(Session& session, const CopyArguments& arguments) {
  const bool all = arguments.missing || arguments.continuous;
  if (all == !arguments.names.empty())
    throw Error(ErrorCode::invalid_argument,
                "name the backups to copy, or copy all that are missing there, with --missing or --continuous");
  if (!all && !arguments.verify.empty()) throw Error(ErrorCode::invalid_argument, "--verify needs --missing or --continuous");
  const ReplicationOptions replication = replication_options(arguments);
  const Repository from = session.open_repository();
  OpenOptions options;
  options.key = destination_key(arguments);
  options.storage = session.storage_options_for(arguments.destination, arguments.storage_options);
  Repository to = Repository::open(arguments.destination, options, session.context());
  return all ? copy_missing(session, replication, from, to) : copy_named(session, arguments, from, to);
}

}  // namespace

void add_copy(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("copy", "Copy backups into another repository, plain or packed");
  const auto arguments = std::make_shared<CopyArguments>();
  command.add_option("backup", arguments->names, "Ids, their unique beginnings, latest, or latest:SERIES");
  command.add_flag("--missing", arguments->missing, "Copy all backups that the other repository has not, oldest first");
  command.add_flag("--continuous", arguments->continuous,
                   "The same again and again, until SIGTERM or Ctrl-C; failed copies are tried again");
  command.add_option("--every", arguments->every, "With --continuous: time between two rounds; default: 1m")->type_name("DURATION");
  command.add_option("--verify", arguments->verify, "With --missing and --continuous: verify each copy where it is")
      ->check(CLI::IsMember({"quick", "full", "restore"}));
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
