#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "holdfast/job_run.hpp"

namespace holdfast {

/// One step of a run, before it runs.
struct JobStep {
  std::string step, subject;       ///< as JobStepReport
  std::vector<std::size_t> needs;  ///< earlier steps, by index: if one of them did not succeed, this one is skipped
  bool always = false;             ///< runs whatever happened, also after a cancel; then `needs` is empty
  bool counts = true;              ///< its failure is one of the job
  /// Fills the report. Any exception is the step's failure.
  std::function<void(JobStepReport& report, Context& context)> work;
};

/// Runs the steps in their order and adds their reports. `ending` is the context of steps that always run: without the
/// stop of `context`.
void run_steps(const std::vector<JobStep>& steps, std::vector<JobStepReport>& reports, Context& context, Context& ending);

/// The outcome of a run from those of its steps so far, and the message of the first step that did not succeed.
struct StepsOutcome {
  StepState state = StepState::succeeded;
  std::string message;
  std::optional<ErrorCode> error;
};
StepsOutcome outcome_of(const std::vector<JobStep>& steps, const std::vector<JobStepReport>& reports);

}  // namespace holdfast
