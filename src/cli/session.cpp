#include "session.hpp"

#include <unistd.h>

#include "format.hpp"
#include "index_cache.hpp"
#include "key_input.hpp"
#include "output.hpp"
#include "storage_options.hpp"
#include "text_file.hpp"

namespace holdfast::cli {

Session::Session(Environment environment, std::stop_token stop) : environment_(std::move(environment)) {
  if (!environment_.repository.empty()) repositories_ = {environment_.repository};
  context_.stop = std::move(stop);
  context_.events = &reporter_;
  context_.host.program_path = environment_.path;
  context_.host.pass_environment = environment_.pass;
  context_.host.temp_directory = environment_.temp_directory;
  context_.host.principal = environment_.principal;
}

void Session::add_output_options(CLI::App& command) {
  command.add_flag("--json", json_, "Print one JSON object; progress as JSON lines on standard error")->group("Output");
  command.add_option("--progress", progress_, "auto, bar, json or none")
      ->check(CLI::IsMember({"auto", "bar", "json", "none"}))
      ->group("Output");
  auto* verbose = command.add_flag("-v,--verbose", verbose_, "Print each step and entry")->group("Output");
  command.add_flag("-q,--quiet", quiet_, "No progress, no confirmation; warnings and errors only")->excludes(verbose)->group("Output");
}

void Session::add_repository_options(CLI::App& command, bool required) {
  const std::string otherwise = required ? " (or HOLDFAST_REPOSITORY)" : "";
  command.add_option("-r,--repository", repositories_, "The repository: a folder or URI; repeat it for replicas" + otherwise)
      ->allow_extra_args(false)
      ->type_name("URI")
      ->group("Repository");
  command.add_option("--quorum", quorum_, "How many of several replicas must accept each object; default and minimum: a majority")
      ->check(CLI::PositiveNumber)
      ->group("Repository");
  command
      .add_option("-O,--storage-option", storage_options_, "An option of the repository's storage, listed by `init --help` (repeatable)")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE")
      ->group("Repository");
  auto* password = command.add_option("--password-file", password_file_, "File whose first line is the password")->group("Repository");
  command.add_option("--key-file", key_file_, "File with the raw key: 32 bytes or 64 hex digits")->excludes(password)->group("Repository");
}

void Session::add_jobs_option(CLI::App& command) {
  command.add_option("-j,--jobs", context_.limits.jobs, "Parallel streams; default: one more than the cores, at most 8")
      ->check(CLI::Range(1U, 256U));
}

void Session::add_timeout_options(CLI::App& command) {
  const auto add = [&command](const std::string& name, std::chrono::seconds& limit, const std::string& help) {
    constexpr unsigned kWeek = 7 * 24 * 3600;
    command
        .add_option_function<unsigned>(
            name, [&limit](unsigned seconds) { limit = std::chrono::seconds(seconds); },
            help + "; default " + std::to_string(limit.count()))
        ->check(CLI::Range(1U, kWeek))
        ->type_name("SECONDS")
        ->group("Timeouts");
  };
  add("--connect-timeout", context_.limits.connect_timeout, "Longest wait to reach a server");
  add("--stall-timeout", context_.limits.stall_timeout, "Longest silence of a server or program");
  add("--lock-timeout", context_.limits.lock_timeout, "Longest wait for a database lock in the source");
}

void Session::on(CLI::App& command, std::function<int()> run) {
  command.final_callback([this, run = std::move(run)] { action = run; });
}

void Session::prepare() {
  if (!environment_.audit_key_file.empty()) {
    audit_signer_ = ed25519_signer(read_signing_key(environment_.audit_key_file));
    context_.host.audit_signer = audit_signer_.get();
  }
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  ProgressMode mode = ProgressMode::none;
  if (progress_ == "json" || (progress_ == "auto" && json_)) mode = ProgressMode::json;
  if (progress_ == "bar" || (progress_ == "auto" && !json_ && terminal)) mode = ProgressMode::bar;
  if (quiet_) mode = ProgressMode::none;
  reporter_.configure(mode, verbose_, {.utf8 = environment_.utf8, .colour = environment_.colour && terminal});
}

bool Session::key_given() const {
  return !key_file_.empty() || !password_file_.empty() || !environment_.password.empty() || !environment_.password_command.empty();
}

std::optional<Key> Session::given_key() {
  if (!key_file_.empty()) return read_key_file(key_file_);
  if (!password_file_.empty()) return passphrase(read_secret_file(password_file_, "password"));
  if (!environment_.password.empty()) return passphrase(environment_.password);
  if (!environment_.password_command.empty()) return passphrase(run_password_command(environment_.password_command, context_));
  return std::nullopt;
}

Key Session::new_key() {
  if (auto key = given_key()) return std::move(*key);
  Secret first = prompt_password("Password for the new repository: ", context_);
  const Secret second = prompt_password("The same again: ", context_);
  if (as_text(first.bytes()) != as_text(second.bytes())) throw Error(ErrorCode::invalid_argument, "the two passwords differ");
  return passphrase(std::move(first));
}

Options Session::storage_options_for(const std::string& uri, const std::vector<std::string>& pairs) const {
  return storage_options(uri, pairs, environment_);
}

JobHost Session::job_host(const JobFile& file, const std::string& state) const {
  JobHost host;
  host.variable = [this](const std::string& name) { return named_variable(name, environment_); };
  host.storage_options = [this](const std::string& uri, Options given) {
    for (auto& [name, value] : storage_options_for(uri, {})) given.emplace(name, value);
    return given;
  };
  host.state = state;
  if (state.empty() && file.state.empty() && !environment_.state_directory.empty()) host.state = environment_.state_directory + "/holdfast";
  return host;
}

Options Session::repository_options(const std::string& uri) const {
  if (repositories_.size() == 1 || storage_options_.empty()) return storage_options_for(uri, storage_options_);
  throw Error(ErrorCode::invalid_argument,
              "--storage-option is for one repository; with several, write options into the URI of each, as in s3://bucket?region=x");
}

StorageHost Session::storage_host() {
  StorageHost host = holdfast::storage_host(context_);
  host.warn = [this](const std::string& warning) { context_.warn(warning); };
  return host;
}

std::shared_ptr<ReplicatedStorage> Session::open_copies(ReplicaUse use) {
  std::vector<ReplicaAddress> addresses;
  for (const std::string& uri : repositories_) addresses.push_back({.uri = uri, .options = repository_options(uri)});
  copies_ = open_replicated(addresses, quorum_, use, storage_host());
  return copies_;
}

Repository Session::create_repository(const CreateOptions& options) {
  if (repositories_.size() > 1) return holdfast::create_repository(open_copies(ReplicaUse::create), options, context_);
  const std::string& uri = repositories_.front();
  return holdfast::create_repository(open_storage(uri, options.storage, IfMissing::create, storage_host()), options, context_);
}

Repository Session::open_repository(IndexCache cache) {
  if (repositories_.empty()) {
    throw Error(ErrorCode::invalid_argument, "no repository is given: name it with -r or in HOLDFAST_REPOSITORY");
  }
  OpenOptions options;
  options.key = given_key();
  options.storage = repository_options(repositories_.front());
  const auto open = [&] {
    if (repositories_.size() == 1) {
      const auto storage = open_storage(repositories_.front(), options.storage, IfMissing::fail, storage_host());
      return holdfast::open_repository(cache == IndexCache::on ? with_index_cache(storage, environment_) : storage, options, context_);
    }
    return holdfast::open_repository(copies_ ? copies_ : open_copies(ReplicaUse::open), options, context_);
  };
  try {
    try {
      return open();
    } catch (const Error& error) {
      // Without a key, only an encrypted repository fails like this: now we know that it is encrypted.
      if (error.code() != ErrorCode::wrong_key || options.key) throw;
      options.key = passphrase(prompt_password("Password for " + printable(repositories_.front()) + ": ", context_));
    }
    return open();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) throw NoSuch(Error(error.code(), error.message() + " (`holdfast init` creates one)"));
    throw;
  }
}

void Session::warn_of_copies() {
  if (!copies_) return;
  for (const ReplicaStatus& copy : copies_->status()) {
    if (copy.state != ReplicaStatus::State::in_sync)
      context_.warn(copy.uri + " is " + std::string(to_string(copy.state)) + ": " + copy.why);
  }
  copies_.reset();
}

BackupInfo Session::find_backup(const Repository& repository, const std::string& name) {
  return on_backup([&] { return repository.find(name, context_); });
}

std::uint32_t Session::find_source(const BackupInfo& backup, const std::string& wanted) {
  try {
    return source_index(backup.sources, wanted);
  } catch (const Error& error) {
    throw Error(ErrorCode::invalid_argument, "--source: " + error.message());
  }
}

void Session::adopt_warnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    if (!reporter_.warned_of(warning)) context_.warn(warning);
  }
}

int Session::finish(Json document, const std::string& text) {
  warn_of_copies();
  if (json_) {
    document["warnings"] = context_.warnings();
    write_output(one_line(document) + "\n");
  } else {
    write_output(text);
  }
  return context_.warnings() > 0 ? kWarnings : kOk;
}

int Session::confirm(Json document, const std::string& text) { return finish(std::move(document), quiet_ ? "" : text); }

Notes parse_pairs(const std::vector<std::string>& pairs, const std::string& option) {
  Notes result;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos) {
      throw Error(ErrorCode::invalid_argument, option + " takes key=value, not '" + pair.substr(0, equals) + "'");
    }
    if (!result.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second) {
      throw Error(ErrorCode::invalid_argument, option + " names " + pair.substr(0, equals) + " twice");
    }
  }
  return result;
}

namespace {

// Adds to the patterns of an option those of files.
void add_pattern_file(CLI::App& command, const std::string& name, std::vector<std::string>& patterns, const std::string& option,
                      bool some) {
  const auto read = [&patterns, some](const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      const std::vector<std::string> found = read_patterns(path);
      if (some && found.empty()) throw Error(ErrorCode::invalid_argument, path + ": has no patterns, so everything would be included");
      patterns.insert(patterns.end(), found.begin(), found.end());
    }
  };
  command
      .add_option_function<std::vector<std::string>>(
          name, read, "File of patterns for " + option + ": one a line, with blank lines and # comments (repeatable)")
      ->allow_extra_args(false)
      ->type_name("FILE");
}

}  // namespace

void add_selection_options(CLI::App& command, Selection& selection) {
  const std::string help = " parts that match: schema.table, schema.* or table, with * and ?; for files, a name or path (repeatable)";
  command.add_option("--include", selection.include, "Only" + help)->allow_extra_args(false)->type_name("PATTERN");
  command.add_option("--exclude", selection.exclude, "All except" + help)->allow_extra_args(false)->type_name("PATTERN");
  add_pattern_file(command, "--include-file", selection.include, "--include", true);
  add_pattern_file(command, "--exclude-file", selection.exclude, "--exclude", false);
}

void add_state_option(CLI::App& command, std::string& state) {
  command
      .add_option("--state", state,
                  "Folder for the outbox and for what a run leaves for the next one; default: that of the file, else holdfast in "
                  "XDG_STATE_HOME or ~/.local/state")
      ->type_name("DIR");
}

void add_untrusted_flag(CLI::App& command, bool& untrusted) {
  command.add_flag("--untrusted", untrusted, "Fail where code of the backup would get more power than its owner had");
}

}  // namespace holdfast::cli
