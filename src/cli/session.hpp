#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "documents.hpp"
#include "environment.hpp"
#include "exit_codes.hpp"
#include "holdfast/audit.hpp"
#include "holdfast/context.hpp"
#include "holdfast/host.hpp"
#include "holdfast/job_run.hpp"
#include "holdfast/replicated.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/storage_host.hpp"
#include "reporter.hpp"

namespace holdfast::cli {

/// There is no such repository or backup: exit code 5. A missing program or database is an ordinary failure.
class NoSuch : public Error {
 public:
  explicit NoSuch(const Error& error) : Error(error) {}
};

/// One run of the command: the options of every command, the context of the work, and the output of results.
class Session {
 public:
  Session(Environment environment, std::stop_token stop);

  // These add options to each command that takes them.
  void add_output_options(CLI::App& command);
  void add_repository_options(CLI::App& command, bool required = true);
  void add_jobs_option(CLI::App& command);
  /// For commands that talk to servers or run programs.
  void add_timeout_options(CLI::App& command);

  /// Main runs it after the arguments are read. Returns the exit code.
  std::function<int()> action;
  /// Makes `run` the action if `command` is called.
  void on(CLI::App& command, std::function<int()> run);

  /// Applies the options. Called before the action.
  void prepare();

  Context& context() noexcept { return context_; }
  const Context& context() const noexcept { return context_; }
  bool json() const noexcept { return json_; }
  bool quiet() const noexcept { return quiet_; }
  /// The URIs given with -r; several are replicas of one repository.
  const std::vector<std::string>& repository_uris() const noexcept { return repositories_; }

  /// Opens the storages of several -r as one. Their faults are added to the result as warnings.
  std::shared_ptr<ReplicatedStorage> open_copies(ReplicaUse use);
  Repository create_repository(const CreateOptions& options);
  /// Returns the options to open the storage of that URI: these pairs, and those from the environment.
  Options storage_options_for(const std::string& uri, const std::vector<std::string>& pairs) const;
  /// The same for one URI of -r, with the pairs of --storage-option. Throws Error{invalid_argument}.
  Options repository_options(const std::string& uri) const;
  /// Returns a host that ends the waits of storages on Ctrl-C and passes their warnings on.
  StorageHost storage_host();
  /// Opens the repository. Asks on the terminal for a password that is not given elsewhere. Throws NoSuch.
  enum class IndexCache { off, on };  ///< off: every read is from the storage itself
  Repository open_repository(IndexCache cache = IndexCache::on);
  /// Returns what a job gets from this command: variables, options of the environment, and the folder that --state
  /// names.
  JobHost job_host(const JobFile& file, const std::string& state) const;
  /// Returns the key for a new repository: the given one, or a password that is asked for twice. Throws
  /// Error{invalid_argument} if there is none.
  Key new_key();
  bool key_given() const;
  /// Finds a backup by its id, a unique beginning of it, or "latest". Throws NoSuch.
  BackupInfo find_backup(const Repository& repository, const std::string& name);
  /// Returns the index of the source that --source names. Throws Error{invalid_argument}.
  static std::uint32_t find_source(const BackupInfo& backup, const std::string& wanted);
  /// Runs work in which only a backup can be missing. Throws NoSuch.
  template <typename Work>
  static auto on_backup(Work&& work) {
    try {
      return work();
    } catch (const Error& error) {
      if (error.code() == ErrorCode::not_found) throw NoSuch(error);
      throw;
    }
  }

  /// Begins and ends a progress bar, for work that calls back.
  void begin_progress(std::string label, const char* verb) { reporter_.begin(std::move(label), verb); }
  void end_progress(bool succeeded) noexcept { reporter_.end(succeeded); }
  /// Runs `work` under a progress bar.
  template <typename Work>
  auto with_progress(std::string label, const char* verb, Work&& work) {
    reporter_.begin(std::move(label), verb);
    try {
      auto result = work();
      reporter_.end(true);
      return result;
    } catch (...) {
      reporter_.end(false);
      throw;
    }
  }

  /// Prints the warnings of a report that were not printed while the work ran.
  void adopt_warnings(const std::vector<std::string>& warnings);

  /// Prints the result: the document with --json, else the text. Returns 0, or 3 if there were warnings.
  int finish(Json document, const std::string& text);
  /// The same for a result that only confirms: -q suppresses it.
  int confirm(Json document, const std::string& text);

 private:
  std::optional<Key> given_key();
  void warn_of_copies();

  Environment environment_;
  std::vector<std::string> repositories_;
  unsigned quorum_ = 0;
  std::shared_ptr<ReplicatedStorage> copies_;
  std::vector<std::string> storage_options_;
  std::string password_file_, key_file_, progress_ = "auto";
  bool json_ = false, quiet_ = false, verbose_ = false;
  Reporter reporter_;
  std::shared_ptr<AuditSigner> audit_signer_;  // may be null
  Context context_;
};

/// Reads "key=value" arguments. Throws Error{invalid_argument} that names the option.
Notes parse_pairs(const std::vector<std::string>& pairs, const std::string& option);
/// Adds --include and --exclude, and files of patterns for them.
void add_selection_options(CLI::App& command, Selection& selection);
/// Adds -o, or `names`, for options of drivers as "name=value". Lists those that `call` uses in the command's help.
void add_driver_options(CLI::App& command, DriverCall call, std::vector<std::string>& pairs, const std::string& names = "-o,--option");
/// Lists the options of all storages in the command's help.
void add_storage_option_list(CLI::App& command);
/// Lists the export formats of all drivers in the command's help.
void add_export_format_list(CLI::App& command);
/// Lists the options of all kinds of channels in the command's help.
void add_channel_option_list(CLI::App& command);
/// Adds --state.
void add_state_option(CLI::App& command, std::string& state);
/// Reads a level that CLI11 has checked: quick, full or restore.
VerifyLevel parse_level(const std::string& text);
/// Adds --untrusted.
void add_untrusted_flag(CLI::App& command, bool& untrusted);

// One function for each command, each in its own file.
void add_init(CLI::App& app, Session& session);
void add_backup(CLI::App& app, Session& session);
void add_list(CLI::App& app, Session& session);
void add_status(CLI::App& app, Session& session);
void add_show(CLI::App& app, Session& session);
void add_restore(CLI::App& app, Session& session);
void add_verify(CLI::App& app, Session& session);
void add_expire(CLI::App& app, Session& session);
void add_remove(CLI::App& app, Session& session);
void add_copy(CLI::App& app, Session& session);
void add_diff(CLI::App& app, Session& session);
void add_key(CLI::App& app, Session& session);
void add_mask(CLI::App& app, Session& session);
void add_gc(CLI::App& app, Session& session);
void add_repair(CLI::App& app, Session& session);
void add_tier(CLI::App& app, Session& session);
void add_export(CLI::App& app, Session& session);
void add_anchor(CLI::App& app, Session& session);
void add_notify(CLI::App& app, Session& session);
void add_audit(CLI::App& app, Session& session);
void add_doctor(CLI::App& app, Session& session);
void add_help(CLI::App& app, Session& session);
void add_job(CLI::App& app, Session& session);
void add_schedule(CLI::App& app, Session& session);
void add_job_run(CLI::App& job, Session& session);            ///< of `job`
void add_schedule_run(CLI::App& schedule, Session& session);  ///< of `schedule`
void add_completion(CLI::App& app, Session& session);

}  // namespace holdfast::cli
