#pragma once

#include "job/job_memory.hpp"
#include "job/job_notices.hpp"
#include "job/opened_job.hpp"
#include "job/step_runner.hpp"

namespace holdfast {

/// What the steps of one run share. Borrowed.
struct JobRunParts {
  OpenedJob& opened;
  OpenedJob& ending;  ///< for steps after a cancel: without the stop
  JobReport& report;
  JobMemory* memory;                 ///< null in a dry run
  const JobMemoryState& remembered;  ///< of the runs before
};

/// The steps of a run, in their order, and what they hand on to each other.
class JobSteps {
 public:
  virtual ~JobSteps() = default;
  virtual const std::vector<JobStep>& steps() const noexcept = 0;
};
std::unique_ptr<JobSteps> make_steps(const JobRunOptions& options, const JobRunParts& parts);

/// Returns the name of a verification with a schedule of its own, in the state of a job.
std::string name_of(const JobVerification& verification);
/// Returns whether such a verification was due since it ran last.
bool is_due(const JobVerification& verification, const JobMemoryState& remembered, TimePoint now);

}  // namespace holdfast
