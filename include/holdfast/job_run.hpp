#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/driver.hpp"
#include "holdfast/hooks.hpp"
#include "holdfast/job.hpp"
#include "holdfast/notify.hpp"
#include "holdfast/preflight.hpp"
#include "holdfast/schedule_conflict.hpp"

namespace holdfast {

/// What a host lends to a job, besides the services of its context. Called on the thread of the call.
struct JobHost {
  /// Returns the value of a variable, for references "env:NAME"; none if it is not set. May be empty: then none is set.
  std::function<std::optional<std::string>(const std::string& name)> variable = {};
  /// Returns the options to open the storage with that URI, made of those of the job file. May be empty.
  std::function<Options(const std::string& uri, Options given)> storage_options = {};
  std::string state = {};  ///< a folder to use instead of JobFile::state
  DriverRegistry drivers = builtin_drivers();
};

/// Returns the secret of a reference: a variable's value, a file's content, or what a program prints, without line ends
/// at its end. Throws Error that names the reference, never the secret.
Secret read_secret(const SecretReference& reference, const JobHost& host, Context& context);

enum class StepState {
  planned,    ///< a dry run: it would run
  succeeded,  ///< also with nothing to do
  warnings,
  faults,  ///< a verification found faults
  failed,
  cancelled,
  skipped,  ///< it did not run; its message says why
};
std::string_view to_string(StepState state) noexcept;  ///< "succeeded"

/// One step of a run.
struct JobStepReport {
  std::string step = {};     ///< "preflight", "before", "backup", "verify", "expire", "gc", "copy", "after", "notify", "record"
  std::string subject = {};  ///< of verify: its level; of copy: the name of its repository; so of expire and gc there
  StepState state = StepState::succeeded;
  std::string message = {};             ///< one line: what it did, or why not
  std::optional<ErrorCode> error = {};  ///< of a step that failed or was cancelled
  double seconds = 0;                   ///< independent of clock changes
  std::vector<BackupId> backups = {};   ///< that it made, verified or removed
  Counts counts = {};
};

/// Result of one run of a job.
struct JobReport {
  std::string id = {};  ///< 12 hex digits, also of its record in the history
  std::string job = {};
  std::string repository = {};            ///< its URI, as the file has it
  std::vector<std::string> sources = {};  ///< their URIs, as the file has them
  bool dry_run = false;
  /// That of the worst step, but a notification or record that fails is only a warning. `skipped`: an earlier run has
  /// not finished, and nothing was done. `planned`: a dry run that found no obstacle.
  StepState state = StepState::succeeded;
  std::string message = {};  ///< why, unless it succeeded: that of the first step that did not
  TimePoint started{}, ended{};
  double seconds = 0;
  std::vector<JobStepReport> steps = {};  ///< in the order in which they ran
  PreflightReport preflight = {};
  std::vector<HookResult> hooks = {};
};
/// One JSON object on one line; docs/jobs.md describes it.
std::string to_json(const JobReport& report);

/// Returns the record of a run: operation "job", with the job's name as its series.
OperationRecord record_of(const JobReport& report);

struct JobRunOptions {
  bool dry_run = false;  ///< only the preflight, and what each step would do; changes nothing anywhere
  /// Only those verifications that have a schedule of their own and are due, on the newest backup of the job.
  bool only_verification = false;
};

/// Runs a job: preflight, before-hooks, backup, verifications, expiry, garbage collection, copies, after-hooks,
/// notifications, record. A failure of a step is part of the report; what depends on it is skipped, and nothing else. A
/// cancel ends the running step and skips the others, except after-hooks, notifications and the record, which ignore
/// it.
///
/// Two runs of one job with one state folder follow the overlap policy of its schedule (`skip` without one). Starts no
/// thread that outlives the call. Throws Error{not_found} if the file has no such job, Error{invalid_argument} without
/// a state folder, Error of the state folder, and Error{cancelled} while it waits for an earlier run.
JobReport run_job(const JobFile& file, const std::string& job, const JobRunOptions& options, const JobHost& host, Context& context);

/// When the last run of a job in that state folder began, for `Scheduler::add`; none if there was none. Writes nothing.
std::optional<TimePoint> last_start(const JobFile& file, const std::string& job, const JobHost& host);

/// Judges a job between its runs: finds the alerts of its series and its repository, and tells the job's notifications
/// what changed since they were told last, each change once; then sends it. A receiver that does not take it is a
/// warning, and a later delivery tries again. Call it every few minutes, so that a job that never runs is told as
/// overdue: no run judges it. Any thread, also while the job runs. Returns what was told. Throws Error if the
/// repository or the state folder can't be used.
std::vector<Notice> tell_alerts(const JobFile& file, const std::string& job, const JobHost& host, Context& context);

/// Returns the jobs that have a schedule, with the durations of their runs that made a backup, from the histories of
/// their repositories. Warns of a repository that can't be read: then none are known.
std::vector<PlannedJob> planned_jobs(const JobFile& file, const JobHost& host, Context& context);

/// Returns the receivers of all channels of the file, with the outbox of the state folder.
Notifier job_notifier(const JobFile& file, const JobHost& host, Context& context);

}  // namespace holdfast
