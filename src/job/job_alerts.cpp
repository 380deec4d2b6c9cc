#include "job/job_alerts.hpp"

#include <algorithm>

#include "job/job_notices.hpp"
#include "job/opened_job.hpp"

namespace holdfast {

JobAlerts judge_job(Repository& repository, const JobDefinition& job, Context& context) {
  Facts facts = gather_facts(repository, {}, context);
  const std::string series = series_of(job);
  if (job.schedule) facts.schedules[series] = {.due = job.schedule->previous(facts.now), .next_run = job.schedule->next(facts.now)};
  // The job's own notices tell of one failure.
  AlertRules rules;
  rules.failures = rules.critical_failures;
  JobAlerts found{.alerts = find_alerts(facts, rules), .now = facts.now};
  std::erase_if(found.alerts, [&](const Alert& alert) { return !alert.series.empty() && alert.series != series; });
  return found;
}

std::vector<Alert> worth_telling(const JobAlerts& found, JobMemoryState& state) {
  if (!state.known) state.known = state.started.value_or(found.now);
  const std::string overdue(to_string(AlertKind::backup_overdue));
  const bool told = std::ranges::any_of(state.alerts, [&](const std::string& name) { return name.starts_with(overdue + " "); });
  std::vector<Alert> alerts = found.alerts;
  std::erase_if(alerts, [&](const Alert& alert) {
    if (alert.kind != AlertKind::backup_overdue || told) return false;
    const bool may_still_come = found.running && state.started && *state.started >= alert.since;
    return alert.since < *state.known || may_still_come;
  });
  return alerts;
}

std::vector<Notice> tell_alerts(const JobFile& file, const std::string& name, const JobHost& host, Context& context) {
  const JobDefinition& job = find_job(file, name);
  JobMemory memory(state_folder(file, host), job.name);
  JobNotices notices(file, job, host);
  if (notices.empty()) return {};
  OpenedJob opened(file, job, host, context);
  JobAlerts found = judge_job(opened.repository(), job, context);
  found.running = memory.runs();
  std::vector<Notice> told = notices.put_changes(found, memory, context);
  if (told.empty()) return told;
  try {
    JobStepReport report;
    notices.deliver(report, context);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    context.warn(error.message(), job.name);
  }
  return told;
}

}  // namespace holdfast
