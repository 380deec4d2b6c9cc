#pragma once

#include "holdfast/alerts.hpp"
#include "holdfast/job.hpp"
#include "holdfast/repository.hpp"
#include "job/job_memory.hpp"

namespace holdfast {

/// The alerts that concern a job at a moment: those of its series and of its repository.
struct JobAlerts {
  std::vector<Alert> alerts;
  TimePoint now{};
  bool running = false;  ///< a run has not ended, and may still make the backup that is missed
};

/// Reads the backups and the history of the job's repository. Throws Error.
JobAlerts judge_job(Repository& repository, const JobDefinition& job, Context& context);

/// Returns the alerts that people can be told, and sets the state's `known` if it has none. A backup is not overdue if
/// it was due before this machine knew the job. While a run goes on that began after that time, nobody is newly told
/// that the backup is overdue: if the run lasts until the next one is due, that one is overdue.
std::vector<Alert> worth_telling(const JobAlerts& found, JobMemoryState& state);

}  // namespace holdfast
