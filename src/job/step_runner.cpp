#include "job/step_runner.hpp"

#include <algorithm>
#include <chrono>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

bool went_well(StepState state) { return state == StepState::planned || state == StepState::succeeded || state == StepState::warnings; }

std::string name_of(const JobStepReport& report) { return report.step + (report.subject.empty() ? "" : " " + report.subject); }

std::string participle(StepState state) {
  switch (state) {
    case StepState::skipped: return "was skipped";
    case StepState::faults: return "found faults";
    case StepState::cancelled: return "was cancelled";
    default: return "failed";
  }
}

/// Returns whether a step can run. Otherwise its report says why not.
bool may_run(const JobStep& step, const std::vector<JobStepReport>& reports, const Context& context, JobStepReport& report) {
  if (step.always) return true;
  for (const std::size_t need : step.needs) {
    const JobStepReport& needed = reports.at(need);
    if (went_well(needed.state)) continue;
    report.state = StepState::skipped;
    report.message = name_of(needed) + " " + participle(needed.state);
    return false;
  }
  if (!context.cancelled()) return true;
  report.state = StepState::cancelled;
  report.error = ErrorCode::cancelled;
  report.message = "the run was cancelled before it";
  return false;
}

/// Call it while an exception is handled.
void set_failed(JobStepReport& report) {
  report.state = StepState::failed;
  try {
    throw;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) report.state = StepState::cancelled;
    report.error = error.code();
    report.message = error.message();
  } catch (const std::exception& error) {
    report.error = ErrorCode::internal;
    report.message = error.what();
  } catch (...) {  // a host's code may throw anything
    report.error = ErrorCode::internal;
    report.message = "an exception of an unknown type";
  }
}

void run_step(const JobStep& step, JobStepReport& report, Context& context) {
  const auto began = std::chrono::steady_clock::now();
  const std::uint64_t warnings = context.warnings();
  try {
    step.work(report, context);
    if (report.state == StepState::succeeded && context.warnings() != warnings) report.state = StepState::warnings;
  } catch (...) {
    set_failed(report);
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

/// Later states are worse.
int rank(StepState state) {
  switch (state) {
    case StepState::planned: return 1;
    case StepState::warnings: return 2;
    case StepState::faults: return 3;
    case StepState::failed: return 4;
    case StepState::cancelled: return 5;
    case StepState::succeeded:
    case StepState::skipped: break;  // it was skipped because of another step
  }
  return 0;
}

}  // namespace

std::string_view to_string(StepState state) noexcept {
  switch (state) {
    case StepState::planned: return "planned";
    case StepState::succeeded: return "succeeded";
    case StepState::warnings: return "warnings";
    case StepState::faults: return "faults";
    case StepState::failed: return "failed";
    case StepState::cancelled: return "cancelled";
    case StepState::skipped: break;
  }
  return "skipped";
}

void run_steps(const std::vector<JobStep>& steps, std::vector<JobStepReport>& reports, Context& context, Context& ending) {
  reports.reserve(steps.size());  // a step may look at the reports of earlier ones while it fills its own
  for (const JobStep& step : steps) {
    JobStepReport report{.step = step.step, .subject = step.subject};
    if (may_run(step, reports, context, report)) run_step(step, report, step.always ? ending : context);
    reports.push_back(std::move(report));
  }
}

StepsOutcome outcome_of(const std::vector<JobStep>& steps, const std::vector<JobStepReport>& reports) {
  StepsOutcome outcome;
  for (std::size_t index = 0; index < reports.size(); ++index) {
    const JobStepReport& report = reports[index];
    const bool only_warns = !steps[index].counts && rank(report.state) > rank(StepState::warnings);
    const StepState state = only_warns ? StepState::warnings : report.state;
    if (rank(state) <= rank(outcome.state)) continue;
    outcome.state = state;
    outcome.message = went_well(report.state) && report.message.empty() ? "" : name_of(report) + ": " + report.message;
    outcome.error = report.error;
  }
  if (outcome.state == StepState::planned) outcome.message.clear();
  return outcome;
}

}  // namespace holdfast
