#pragma once

#include <optional>

#include "holdfast/error.hpp"
#include "holdfast/job_run.hpp"
#include "job/job_alerts.hpp"
#include "job/job_memory.hpp"
#include "job/opened_job.hpp"

namespace holdfast {

/// Tells the people whom a job names about its runs. One thread.
class JobNotices {
 public:
  /// All are borrowed. Resolves no secret yet.
  JobNotices(const JobFile& file, const JobDefinition& job, const JobHost& host) : file_(file), job_(job), host_(host) {}

  bool empty() const noexcept { return job_.notifications.empty(); }
  /// Stores notices for the job's channels that take them, and returns in how many outboxes they are. A channel that
  /// can't be made does not keep the others from it: deliver() throws its error.
  std::size_t put(const std::vector<Notice>& notices, Context& context);
  /// Stores notices of what changed about alerts since the job's people were told last, and returns them. Each change
  /// is stored once, also if runs and judges of other processes look at the same time.
  std::vector<Notice> put_changes(const JobAlerts& found, JobMemory& memory, Context& context);
  /// Sends what waits, also of earlier runs. Adds to the report. Throws the first error of a channel last.
  void deliver(JobStepReport& report, Context& context);

 private:
  Notifier& own(Context& context);

  const JobFile& file_;
  const JobDefinition& job_;
  const JobHost& host_;
  std::optional<Notifier> own_;  // of the job's channels
  std::optional<Error> failure_;
  std::uint64_t stored_ = 0;
};

}  // namespace holdfast
