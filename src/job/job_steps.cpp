#include "job/job_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/count_of.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "holdfast/figures.hpp"
#include "holdfast/history.hpp"
#include "holdfast/host.hpp"
#include "job/preflight_checks.hpp"
#include "operations/expire.hpp"
#include "repository/history.hpp"

namespace holdfast {

namespace {

std::vector<Hook> hooks_of(const std::vector<JobHook>& hooks, HookMoment moment) {
  std::vector<Hook> made;
  for (const JobHook& hook : hooks)
    made.push_back({.name = hook.run.front(),
                    .moment = moment,
                    .argv = hook.run,
                    .deadline = hook.timeout,
                    .veto = hook.stops,
                    .container = hook.container,
                    .engine_socket = hook.engine_socket});
  return made;
}

class Steps final : public JobSteps {
 public:
  Steps(const JobRunOptions& options, const JobRunParts& parts)
      : options_(options), parts_(parts), opened_(parts.opened), job_(parts.opened.job()), notices_(opened_.file(), job_, opened_.host()) {
    if (options_.only_verification) {
      verifications({});
    } else {
      everything();
    }
    if (!notices_.empty()) add_last("notify", &Steps::notify).counts = false;
    add_last("record", &Steps::record).counts = false;
  }

  const std::vector<JobStep>& steps() const noexcept override { return steps_; }

 private:
  using Work = void (Steps::*)(JobStepReport& report, Context& context);

  void everything() {
    std::size_t ready = add("preflight", {}, &Steps::preflight);
    if (!job_.before.empty()) ready = add("before", {ready}, &Steps::before);
    const std::size_t backup = add("backup", {ready}, &Steps::backup);
    std::vector<std::size_t> proven = verifications({backup});
    proven.push_back(backup);
    if (job_.retention) add("gc", {add("expire", proven, &Steps::expire)}, &Steps::collect);
    for (const std::string& copy : job_.copies) {
      std::vector<std::size_t> needs = proven;
      needs.push_back(add("copy", {backup}, &Steps::copy, copy));
      if (job_.copy_retention.contains(copy)) add("gc", {add("expire", needs, &Steps::expire, copy)}, &Steps::collect, copy);
    }
    if (!job_.after.empty()) add_last("after", &Steps::after);
  }

  std::size_t add(const char* step, std::vector<std::size_t> needs, Work work, const std::string& subject = "") {
    steps_.push_back(
        {.step = step, .subject = subject, .needs = std::move(needs), .work = [this, work](JobStepReport& report, Context& context) {
           (this->*work)(report, context);
         }});
    return steps_.size() - 1;
  }
  JobStep& add_last(const char* step, Work work) {
    JobStep& added = steps_.at(add(step, {}, work));
    added.always = true;
    return added;
  }

  std::vector<std::size_t> verifications(const std::vector<std::size_t>& needs) {
    std::vector<std::size_t> added;
    for (const JobVerification& verification : job_.verifications) {
      const bool wanted =
          verification.schedule ? is_due(verification, parts_.remembered, parts_.report.started) : !options_.only_verification;
      if (!wanted) continue;
      steps_.push_back({.step = "verify",
                        .subject = to_string(verification.level),
                        .needs = needs,
                        .work = [this, &verification](JobStepReport& report, Context& context) { verify(verification, report, context); }});
      added.push_back(steps_.size() - 1);
    }
    return added;
  }

  /// In a dry run, says what the step would do instead.
  bool only_says(JobStepReport& report, const std::string& what) const {
    if (!options_.dry_run) return false;
    report.state = StepState::planned;
    report.message = what;
    return true;
  }

  void preflight(JobStepReport& report, Context&) {
    parts_.report.preflight = holdfast::preflight(opened_);
    const std::vector<PreflightCheck>& checks = parts_.report.preflight.checks;
    report.counts = {{"checks", checks.size()}};
    for (const Finding::State state : {Finding::State::missing, Finding::State::warning}) {
      const auto found = std::ranges::find(checks, state, &PreflightCheck::state);
      if (found == checks.end()) continue;
      report.state = state == Finding::State::missing ? StepState::failed : StepState::warnings;
      if (state == Finding::State::missing) report.error = ErrorCode::invalid_state;
      report.message = found->of + ", " + found->what + ": " + found->detail + (found->advice.empty() ? "" : "; " + found->advice);
      return;
    }
    report.message = count_of(checks.size(), "check");
  }

  void run(const std::vector<JobHook>& hooks, HookMoment moment, JobStepReport& report, Context& context) {
    std::vector<std::string> programs;
    for (const JobHook& hook : hooks) programs.push_back(hook.run.front());
    if (only_says(report, fmt::format("run {}", fmt::join(programs, ", ")))) return;
    OperationRecord record = so_far();
    if (moment == HookMoment::before) record.outcome = Outcome::running;
    const HookReport made = run_hooks(hooks_of(hooks, moment), moment, record, context);
    report.counts = {{"hooks", made.results.size()}};
    report.message = count_of(made.results.size(), "hook");
    for (std::size_t index = 0; index < made.results.size(); ++index) {
      const HookResult& result = made.results[index];
      parts_.report.hooks.push_back(result);
      if (result.state == HookState::succeeded || report.state == StepState::failed) continue;
      report.message = result.why;
      if (!hooks[index].stops) continue;
      report.state = StepState::failed;
      report.error = ErrorCode::conflict;
    }
  }
  void before(JobStepReport& report, Context& context) { run(job_.before, HookMoment::before, report, context); }
  void after(JobStepReport& report, Context& context) { run(job_.after, HookMoment::after, report, context); }

  void backup(JobStepReport& report, Context& context) {
    if (only_says(report, fmt::format("back {} up into {}", count_of(job_.sources.size(), "source"), job_.repository))) return;
    std::vector<std::unique_ptr<Source>> opened;
    std::vector<Source*> sources;
    for (const JobSource& source : job_.sources) {
      opened.push_back(opened_.open_source(source));
      sources.push_back(opened.back().get());
    }
    BackupOptions options;
    options.tags = tags_of(job_);
    options.compression = job_.compression;
    options.decode_check = job_.decode_check;
    const BackupInfo made = backup_sources(opened_.repository(), sources, options, context);
    newest_ = made.id;
    report.backups = {made.id};
    report.counts = {{"plain_bytes", made.plain_bytes}, {"stored_bytes", made.stored_bytes}, {"entries", made.entries}};
    report.message = fmt::format("{} read, {} stored", format_size(made.plain_bytes), format_size(made.stored_bytes));
  }

  void verify(const JobVerification& verification, JobStepReport& report, Context& context) {
    if (only_says(report, "verify the new backup at level " + to_string(verification.level))) return;
    Repository& repository = opened_.repository();
    const BackupId id = newest_.empty() ? repository.find("latest:" + series_of(job_), context).id : newest_;
    report.backups = {id};
    VerifyOptions options;
    options.level = verification.level;
    options.target = verification.target;
    options.queries = verification.queries;
    const bool mixed = !options.queries.empty() && job_.sources.size() > 1;
    const VerifyReport found = mixed ? queried(repository, id, options, context) : looked_at(repository, id, options, context);
    if (parts_.memory != nullptr && verification.schedule)
      parts_.memory->change([&](JobMemoryState& state) { state.verified[name_of(verification)] = context.now(); });
    const std::size_t faults = found.faults.size() + found.proof.faults.size();
    report.counts = {{"objects", found.objects}, {"bytes", found.bytes}, {"faults", faults}};
    report.counts += found.proof.counts;
    report.message = found.ok() ? count_of(found.objects, "object") : count_of(faults, "fault") + first_fault(found);
    if (!found.ok()) report.state = StepState::faults;
  }

  /// Damage that prevents a verification is a fault like any other.
  static VerifyReport looked_at(Repository& repository, const BackupId& id, const VerifyOptions& options, Context& context) {
    try {
      return repository.verify(id, options, context);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::corrupt) throw;
      VerifyReport report;
      report.id = id;
      report.level = options.level;
      report.faults.push_back({id, error.message()});
      return report;
    }
  }

  /// Proves a backup of several sources, then asks those that take queries: a tree of files takes none.
  VerifyReport queried(Repository& repository, const BackupId& id, VerifyOptions options, Context& context) const {
    const std::vector<std::string> queries = std::exchange(options.queries, {});
    VerifyReport report = looked_at(repository, id, options, context);
    if (!report.ok()) return report;
    options.queries = queries;
    std::optional<Error> refusal;
    bool asked = false;
    for (std::size_t source = 0; source < job_.sources.size(); ++source) {
      options.source = std::to_string(source);
      try {
        const VerifyReport answered = looked_at(repository, id, options, context);
        asked = true;
        std::ranges::copy(answered.proof.queries, std::back_inserter(report.proof.queries));
        std::ranges::copy(answered.faults, std::back_inserter(report.faults));
        std::ranges::copy(answered.proof.faults, std::back_inserter(report.proof.faults));
      } catch (const Error& error) {
        if (error.code() != ErrorCode::unsupported) throw;
        refusal = error;
      }
    }
    if (!asked && refusal) throw Error(*refusal);
    return report;
  }

  static std::string first_fault(const VerifyReport& report) {
    for (const auto* faults : {&report.faults, &report.proof.faults})
      if (!faults->empty()) return ", the first in " + faults->front().object + ": " + faults->front().what;
    for (const QueryResult& query : report.proof.queries)
      if (!query.ok) return ", and a query failed: " + query.statement + ": " + query.result;
    return "";
  }

  /// Returns the repository of a step: that of the job, or the copy that is its subject.
  Repository& repository_of(const JobStepReport& report) {
    return report.subject.empty() ? opened_.repository() : opened_.repository(report.subject);
  }

  void expire(JobStepReport& report, Context& context) {
    Repository& repository = repository_of(report);
    const RetentionPolicy& policy = report.subject.empty() ? *job_.retention : job_.copy_retention.at(report.subject);
    const auto describe = [&](const RetentionPlan& plan) {
      for (const RetentionDecision& decision : plan.decisions)
        if (decision.action == RetentionAction::remove) report.backups.push_back(decision.backup.id);
      report.counts = {{"removed", plan.removed()}, {"kept", plan.decisions.size() - plan.removed()}};
      return fmt::format("{} removed, {} kept", plan.removed(), plan.decisions.size() - plan.removed());
    };
    if (options_.dry_run) {
      const std::string now = describe(plan_series(repository, series_of(job_), policy, context));
      only_says(report, "expire backups of the job; with those of now: " + now);
    } else {
      report.message = describe(expire_series(repository, series_of(job_), policy, context));
    }
  }

  void collect(JobStepReport& report, Context& context) {
    if (only_says(report, "free what no backup needs")) return;
    const GarbageReport made = repository_of(report).collect_garbage({}, context);
    report.counts = {{"removed_packs", made.removed_packs}, {"removed_bytes", made.removed_bytes}, {"marked_packs", made.marked_packs}};
    report.message = format_size(made.removed_bytes) + " freed, " + format_size(made.marked_bytes) + " will be";
  }

  void copy(JobStepReport& report, Context& context) {
    if (only_says(report, "copy the new backup to " + report.subject)) return;
    const BackupInfo made = opened_.repository().copy_to(newest_, opened_.repository(report.subject), {}, context);
    report.backups = {made.id};
    report.counts = {{"stored_bytes", made.stored_bytes}};
    report.message = format_size(made.stored_bytes) + " stored";
  }

  /// The record of the run as it is now.
  OperationRecord so_far() const {
    const StepsOutcome outcome = outcome_of(steps_, parts_.report.steps);
    JobReport report = parts_.report;
    report.state = outcome.state;
    report.message = outcome.message;
    report.ended = opened_.context().now();
    for (const JobStepReport& step : report.steps) report.seconds += step.seconds;
    OperationRecord record = record_of(report);
    if (Repository* const opened = parts_.opened.opened(job_.repository)) record.repository_id = opened->info().id;
    return record;
  }

  /// Returns the repository for the end of the run, or null if it was never reached.
  Repository* repository_at_end() {
    if (opened_.opened(job_.repository) == nullptr) return nullptr;
    return opened_.context().cancelled() ? &parts_.ending.repository() : &opened_.repository();
  }

  /// Returns the outcome of the run before this one: as this machine knows it, else as the repository does.
  std::optional<Outcome> previous(Repository* repository, Context& context) const {
    if (parts_.remembered.outcome || repository == nullptr) return parts_.remembered.outcome;
    std::optional<Outcome> last;
    for (const OperationRecord& record : read_history(*repository, context))
      if (record.operation == "job" && record.series == job_.name) last = record.outcome;
    return last;
  }

  void notify(JobStepReport& report, Context& context) {
    std::vector<std::string> channels;
    for (const JobNotification& notification : job_.notifications) channels.push_back(notification.channel);
    if (only_says(report, fmt::format("tell {}", fmt::join(channels, ", ")))) return;
    Repository* const repository = repository_at_end();
    const OperationRecord record = so_far();
    // A verification on its own is no sign that backups are made.
    const bool well = record.outcome == Outcome::succeeded || record.outcome == Outcome::warnings;
    if (!options_.only_verification || !well) notices_.put({notice_of(record, job_.name, previous(repository, context))}, context);
    std::optional<Error> failure;
    try {
      if (repository != nullptr) notices_.put_changes(judge_job(*repository, job_, context), *parts_.memory, context);
    } catch (const Error& error) {  // the job's own notice is told in any case
      failure = error.with_context("the alerts are not known");
    }
    notices_.deliver(report, context);
    if (failure) throw Error(*failure);
  }

  void record(JobStepReport& report, Context& context) {
    if (only_says(report, "keep the record in the history of " + job_.repository)) return;
    const OperationRecord record = so_far();
    if (options_.only_verification) return;  // which is no run of the job
    parts_.memory->change([&](JobMemoryState& state) { state.outcome = record.outcome; });
    Repository* const repository = repository_at_end();
    if (repository == nullptr) throw Error(ErrorCode::not_found, "the repository was not opened: only this machine knows of the run");
    keep_in_history(repository->layout(), record, context);
    report.message = "run " + record.id;
  }

  const JobRunOptions options_;
  const JobRunParts parts_;
  OpenedJob& opened_;
  const JobDefinition& job_;
  JobNotices notices_;
  std::vector<JobStep> steps_;
  BackupId newest_;
};

}  // namespace

std::string name_of(const JobVerification& verification) {
  return to_string(verification.level) + " " + (verification.schedule ? verification.schedule->expression() : "");
}

bool is_due(const JobVerification& verification, const JobMemoryState& remembered, TimePoint now) {
  const auto last = remembered.verified.find(name_of(verification));
  const auto due = verification.schedule->previous(now);
  return due && (last == remembered.verified.end() || *due > last->second);
}

std::unique_ptr<JobSteps> make_steps(const JobRunOptions& options, const JobRunParts& parts) {
  return std::make_unique<Steps>(options, parts);
}

}  // namespace holdfast
