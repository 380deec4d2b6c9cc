#pragma once

#include "holdfast/job_run.hpp"
#include "job/job_memory.hpp"
#include "job/opened_job.hpp"

namespace holdfast {

/// Tells the people whom a job names about its runs. One thread.
class JobNotices {
 public:
  /// All are borrowed. Resolves no secret yet.
  JobNotices(const JobFile& file, const JobDefinition& job, const JobHost& host) : file_(file), job_(job), host_(host) {}

  bool empty() const noexcept { return job_.notifications.empty(); }
  /// Stores notices for the job's channels that take them. If any does, and at the step "notify" always, sends them and
  /// what waits of earlier runs. Adds to the report. A channel that can't be made does not keep the others from it: its
  /// error is thrown last.
  void tell(const std::vector<Notice>& notices, JobStepReport& report, Context& context);

 private:
  void put(const std::vector<Notice>& notices, JobStepReport& report, Context& context);

  const JobFile& file_;
  const JobDefinition& job_;
  const JobHost& host_;
};

/// Returns the notices about alerts that concern a job and were not told yet. `memory` then has them as told.
std::vector<Notice> new_alerts(Repository& repository, const JobDefinition& job, JobMemoryState& memory, Context& context);

}  // namespace holdfast
