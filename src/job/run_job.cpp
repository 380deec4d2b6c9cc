#include <algorithm>
#include <chrono>

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "holdfast/history.hpp"
#include "job/job_steps.hpp"

namespace holdfast {

namespace {

/// The context of a run: the host's services, events and limits, with those of the job.
class RunContext {
 public:
  RunContext(const JobDefinition& job, const Context& host, std::stop_token stop) : context(host.host) {
    context.stop = std::move(stop);
    context.events = host.events;
    context.limits = host.limits;
    if (job.parallel != 0) context.limits.jobs = job.parallel;
    if (job.bandwidth != 0) context.limits.bandwidth_bytes_per_second = job.bandwidth;
  }
  Context context;
};

Outcome outcome_for(StepState state) {
  switch (state) {
    case StepState::warnings: return Outcome::warnings;
    case StepState::faults: return Outcome::faults;
    case StepState::failed: return Outcome::failed;
    case StepState::cancelled: return Outcome::cancelled;
    case StepState::planned:
    case StepState::succeeded:
    case StepState::skipped: break;
  }
  return Outcome::succeeded;
}

/// One run that may begin.
class JobRun {
 public:
  JobRun(const JobFile& file, const JobDefinition& job, const JobRunOptions& options, const JobHost& host, Context& context)
      : file_(file),
        job_(job),
        options_(options),
        host_(host),
        work_(job, context, context.stop),
        ending_(job, context, {}),
        opened_(file, job, host, work_.context),
        opened_ending_(file, job, host, ending_.context) {}

  /// `memory` is null in a dry run.
  void run(JobMemory* memory, JobReport& report) {
    const JobMemoryState remembered = recall(state_folder(file_, host_), job_.name);
    if (memory != nullptr && !options_.only_verification) begin(*memory, report);
    const auto steps = make_steps(options_, {opened_, opened_ending_, report, memory, remembered});
    run_steps(steps->steps(), report.steps, work_.context, ending_.context);
    const StepsOutcome outcome = outcome_of(steps->steps(), report.steps);
    report.state = outcome.state;
    report.message = outcome.message;
  }

 private:
  void begin(JobMemory& memory, const JobReport& report) {
    memory.change([&](JobMemoryState& state) { state.started = report.started; });
    JobNotices notices(file_, job_, host_);
    if (notices.empty()) return;
    OperationRecord record = record_of(report);
    record.outcome = Outcome::running;
    JobStepReport told{.step = "started"};
    try {
      if (notices.put({notice_of(record, job_.name, std::nullopt)}, work_.context) != 0) notices.deliver(told, work_.context);
    } catch (const Error& error) {  // the notice at the end meets the same, and is a step with an outcome
      work_.context.log("nobody was told that the job began: " + error.message());
    }
  }

  const JobFile& file_;
  const JobDefinition& job_;
  const JobRunOptions options_;
  const JobHost& host_;
  RunContext work_, ending_;
  OpenedJob opened_, opened_ending_;
};

void emit(const JobReport& report, const Context& context) {
  OperationRecord record = record_of(report);
  const bool over = report.ended != TimePoint{};
  if (!over) record.outcome = Outcome::running;
  Event event;
  event.kind = over ? EventKind::ended : EventKind::begun;
  event.message = record.operation;
  event.operation = record.id;
  event.record = std::make_shared<OperationRecord>(std::move(record));
  context.emit(std::move(event));
}

/// A verification on its own waits for a backup: it would be due again only much later.
Overlap overlap_of(const JobDefinition& job, const JobRunOptions& options) {
  if (options.only_verification) return Overlap::queue;
  return job.schedule ? job.schedule->options().overlap : Overlap::skip;
}

JobReport begun(const JobFile& file, const JobDefinition& job, const JobRunOptions& options, const Context& context) {
  JobReport report{.id = to_hex(context.random_bytes(6)), .job = job.name, .dry_run = options.dry_run, .started = context.now()};
  const auto repository = std::ranges::find(file.repositories, job.repository, &JobRepository::name);
  if (repository != file.repositories.end()) report.repository = repository->uri;
  for (const JobSource& source : job.sources) report.sources.push_back(source.uri);
  return report;
}

}  // namespace

OperationRecord record_of(const JobReport& report) {
  OperationRecord record;
  record.id = report.id;
  record.operation = "job";
  record.repository = report.repository;
  record.sources = report.sources;
  record.series = report.job;
  record.started = report.started;
  record.ended = report.ended;
  record.seconds = report.seconds;
  record.outcome = outcome_for(report.state);
  record.message = record.outcome == Outcome::succeeded ? "" : report.message;
  for (const JobStepReport& step : report.steps) {
    if (step.step == "backup") {
      record.backups = step.backups;
      record.counts = step.counts;
    }
    if (step.error && !record.error && (record.outcome == Outcome::failed || record.outcome == Outcome::cancelled))
      record.error = step.error;
  }
  return record;
}

JobReport run_job(const JobFile& file, const std::string& name, const JobRunOptions& options, const JobHost& host, Context& context) {
  const JobDefinition& job = find_job(file, name);
  const std::filesystem::path folder = state_folder(file, host);
  JobReport report = begun(file, job, options, context);
  const auto began = std::chrono::steady_clock::now();
  std::optional<JobMemory> memory;
  std::optional<Fd> right;
  Fd mark;
  if (!options.dry_run) {
    memory.emplace(folder, job.name);
    right = memory->enter(overlap_of(job, options), context);
    report.started = context.now();
    if (!right) {
      report.state = StepState::skipped;
      report.message = "an earlier run of " + job.name + " has not finished";
      report.ended = report.started;
      context.warn(report.message + ": this one is left out", job.name);
      return report;
    }
    mark = memory->mark_run();
    emit(report, context);
  }
  JobRun(file, job, options, host, context).run(memory ? &*memory : nullptr, report);
  report.ended = context.now();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (!options.dry_run) emit(report, context);
  return report;
}

std::vector<PlannedJob> planned_jobs(const JobFile& file, const JobHost& host, Context& context) {
  std::vector<PlannedJob> planned;
  for (const JobDefinition& job : file.jobs) {
    if (!job.schedule) continue;
    // A job that names no server collides with no other one.
    PlannedJob made{job.name, *job.schedule, job.server.empty() ? "job " + job.name : job.server, {}};
    try {
      OpenedJob opened(file, job, host, context);
      for (const OperationRecord& record : read_history(opened.repository(), context))
        if (record.operation == "job" && record.series == job.name && !record.backups.empty())
          made.durations.push_back(std::chrono::ceil<std::chrono::seconds>(std::chrono::duration<double>(record.seconds)));
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      context.warn("the durations of its runs are not known: " + error.message(), job.name);
    }
    planned.push_back(std::move(made));
  }
  return planned;
}

std::optional<TimePoint> last_start(const JobFile& file, const std::string& job, const JobHost& host) {
  return recall(state_folder(file, host), find_job(file, job).name).started;
}

}  // namespace holdfast
