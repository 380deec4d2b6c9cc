#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "format.hpp"
#include "holdfast/duration.hpp"
#include "key_input.hpp"
#include "output.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct CopyArguments {
  std::vector<std::string> names, storage_options;
  std::string destination, password_file, key_file, every = "1m";
  bool missing = false, continuous = false;
};

std::optional<Key> destination_key(const CopyArguments& arguments) {
  if (!arguments.key_file.empty()) return read_key_file(arguments.key_file);
  if (!arguments.password_file.empty()) return passphrase(read_secret_file(arguments.password_file, "password"));
  return std::nullopt;
}

/// Copies what another repository has not, oldest first. A backup is there already if one with the same beginning, the
/// same sources and the same content is, whoever copied it.
class Replication {
 public:
  Replication(Session& session, const Repository& from, Repository& to) : session_(session), from_(from), to_(to) {}

  /// Tries each missing backup once. Returns how many could not be copied; a later round tries them again.
  std::size_t round() {
    Context& context = session_.context();
    std::vector<BackupInfo> there = to_.list(context);
    std::vector<BackupInfo> here = from_.list(context);
    std::ranges::reverse(here);
    std::size_t failed = 0;
    for (const BackupInfo& backup : here) {
      context.check();
      if (done_.contains(backup.id)) continue;
      try {
        if (!backup.damage.empty()) throw Error(ErrorCode::corrupt, backup.damage);
        if (!is_there(backup, there))
          say_copied(backup.id, session_.with_progress(backup.id, "copied", [&] { return from_.copy_to(backup.id, to_, {}, context); }));
        done_.insert(backup.id);
      } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        ++failed;
        say_failed(backup.id, error.message());
      }
    }
    return failed;
  }

  void say_failed(const std::string& id, const std::string& why) {
    if (std::exchange(failures_[id], why) == why) return;  // said before
    if (session_.json()) {
      write_output(one_line({{"event", "failed"}, {"from", id}, {"message", why}}) + "\n");
    } else {
      write_error("holdfast: can't copy " + printable(id) + ": " + printable(why) + "\n");
    }
  }

 private:
  // What a copy has in common with its original: the sources, and the names and bytes of all entries.
  static std::set<std::string> content_of(const Manifest& manifest) {
    std::set<std::string> content;
    for (const SourceRecord& source : manifest.sources) content.insert(source.uri + " " + format_time_micros(source.instant));
    for (const EntryRecord& entry : manifest.entries)
      content.insert(std::to_string(entry.source) + " " + entry.content_hash + " " + std::to_string(entry.plain_bytes) + " " + entry.name);
    return content;
  }

  bool is_there(const BackupInfo& backup, const std::vector<BackupInfo>& there) {
    for (const BackupInfo& other : there) {
      if (!other.damage.empty() || other.time != backup.time) continue;
      if (content_of(*to_.manifest(other.id, session_.context())) == content_of(*from_.manifest(backup.id, session_.context())))
        return true;
    }
    return false;
  }

  void say_copied(const BackupId& id, const BackupInfo& made) {
    failures_.erase(id);
    if (session_.json()) {
      write_output(one_line({{"event", "copied"}, {"from", id}, {"backup", document(made)}}) + "\n");
    } else if (!session_.quiet()) {
      write_output("copied " + id + " to " + made.id + "\n");
    }
  }

  Session& session_;
  const Repository& from_;
  Repository& to_;
  std::set<BackupId> done_;
  std::map<std::string, std::string> failures_;  // by backup: the last one that was said
};

void wait(std::chrono::seconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, time, [] { return false; });
}

// Until a stop is requested. A round that can't read one of the two repositories is tried again, too.
int replicate(Session& session, Replication& replication, std::chrono::seconds every) {
  std::size_t failed = 0;
  try {
    for (const std::stop_token& stop = session.context().stop; !stop.stop_requested(); wait(every, stop)) {
      try {
        failed = replication.round();
      } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        failed = 1;
        replication.say_failed("backups", error.message());
      }
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::cancelled) throw;  // a copy that was begun is not there: the next run begins it again
  }
  return failed == 0 ? kOk : kFailed;
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
  const std::chrono::seconds every = parse_duration(arguments.every);
  if (every < std::chrono::seconds(1)) throw Error(ErrorCode::invalid_argument, "--every takes one second or more");
  const Repository from = session.open_repository();
  OpenOptions options;
  options.key = destination_key(arguments);
  options.storage = session.storage_options_for(arguments.destination, arguments.storage_options);
  Repository to = Repository::open(arguments.destination, options, session.context());
  if (!all) return copy_named(session, arguments, from, to);
  Replication replication(session, from, to);
  if (arguments.continuous) return replicate(session, replication, every);
  return replication.round() == 0 ? kOk : kFailed;
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
