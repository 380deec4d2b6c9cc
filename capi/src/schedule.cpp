#include "holdfast_schedule.h"

#include "handles.hpp"
#include "holdfast/report.hpp"
#include "holdfast/scheduler.hpp"
#include "schedule_handles.hpp"

using namespace holdfast;
using namespace holdfast::capi;

struct holdfast_scheduler {
  Scheduler scheduler;
};

struct holdfast_run_list {
  std::vector<ScheduledRun> runs;
};

namespace {

/// Gives a time to the host. `none` says why there is no time.
void give_time(int64_t* out, std::optional<TimePoint> time, const std::string& none) {
  int64_t& place = required(out, "out");
  if (!time) throw Error(ErrorCode::not_found, none);
  place = micros(*time);
}

int32_t decision_of(RunDecision decision) {
  switch (decision) {
    case RunDecision::start: return HOLDFAST_RUN_START;
    case RunDecision::queued: return HOLDFAST_RUN_QUEUED;
    case RunDecision::overlap: return HOLDFAST_RUN_OVERLAP;
    case RunDecision::missed: break;
  }
  return HOLDFAST_RUN_MISSED;
}

std::vector<std::chrono::seconds> durations_of(const int64_t* seconds, size_t count) {
  std::vector<std::chrono::seconds> durations;
  if (count > 0) required(seconds, "seconds");
  for (size_t index = 0; index < count; ++index) {
    if (seconds[index] < 0) refuse("seconds: a duration is negative");
    durations.emplace_back(seconds[index]);
  }
  return durations;
}

}  // namespace

holdfast_status holdfast_schedule_new(holdfast_schedule** out, const char* expression, const holdfast_options* options,
                                      holdfast_error** err) {
  clear(out);
  return guard("schedule", err, [&] {
    Out result(out);
    result.make(Schedule(required_text(expression, "expression"), schedule_options(options_of(options))));
  });
}

void holdfast_schedule_free(holdfast_schedule* schedule) { delete schedule; }

holdfast_status holdfast_schedule_next(int64_t* out, const holdfast_schedule* schedule, int64_t after, holdfast_error** err) {
  return guard("schedule", err, [&] {
    const Schedule& found = required(schedule, "schedule").schedule;
    give_time(out, found.next(time_of(after)), "schedule '" + found.expression() + "': it is not due again before the year 2400");
  });
}

holdfast_status holdfast_schedule_previous(int64_t* out, const holdfast_schedule* schedule, int64_t at, holdfast_error** err) {
  return guard("schedule", err, [&] {
    const Schedule& found = required(schedule, "schedule").schedule;
    give_time(out, found.previous(time_of(at)), "schedule '" + found.expression() + "': it was not due until then");
  });
}

holdfast_status holdfast_schedule_local_time(char** out, const holdfast_schedule* schedule, int64_t time, holdfast_error** err) {
  clear(out);
  return guard("schedule", err, [&] {
    char*& place = required(out, "out");
    place = copy_text(required(schedule, "schedule").schedule.local_time(time_of(time)));
  });
}

holdfast_status holdfast_schedule_plan_new(holdfast_schedule_plan** out, holdfast_error** err) {
  clear(out);
  return guard("schedule", err, [&] { Out(out).make(); });
}

void holdfast_schedule_plan_free(holdfast_schedule_plan* plan) { delete plan; }

holdfast_status holdfast_schedule_plan_add(holdfast_schedule_plan* plan, const char* name, const holdfast_schedule* schedule,
                                           const char* server, const int64_t* seconds, size_t count, holdfast_error** err) {
  return guard("schedule", err, [&] {
    required(plan, "plan")
        .jobs.push_back({required_text(name, "name"), required(schedule, "schedule").schedule, required_text(server, "server"),
                         durations_of(seconds, count)});
  });
}

holdfast_status holdfast_schedule_plan_conflicts(char** out, const holdfast_schedule_plan* plan, int64_t from, int64_t until,
                                                 holdfast_error** err) {
  clear(out);
  return guard("schedule", err, [&] {
    char*& place = required(out, "out");
    place = copy_text(to_json(find_conflicts(required(plan, "plan").jobs, time_of(from), time_of(until))));
  });
}

holdfast_status holdfast_scheduler_new(holdfast_scheduler** out, holdfast_error** err) {
  clear(out);
  return guard("scheduler", err, [&] { Out(out).make(); });
}

void holdfast_scheduler_free(holdfast_scheduler* scheduler) { delete scheduler; }

holdfast_status holdfast_scheduler_add(holdfast_scheduler* scheduler, const char* name, const holdfast_schedule* schedule, int64_t since,
                                       holdfast_error** err) {
  return guard("scheduler", err, [&] {
    required(scheduler, "scheduler").scheduler.add(required_text(name, "name"), required(schedule, "schedule").schedule, time_of(since));
  });
}

holdfast_status holdfast_scheduler_remove(holdfast_scheduler* scheduler, const char* name, holdfast_error** err) {
  return guard("scheduler", err, [&] { required(scheduler, "scheduler").scheduler.remove(required_text(name, "name")); });
}

holdfast_status holdfast_scheduler_step(holdfast_run_list** out, holdfast_scheduler* scheduler, int64_t now, holdfast_error** err) {
  clear(out);
  return guard("scheduler", err, [&] {
    Out result(out);
    // The list exists before the decisions, which a lack of memory must not lose.
    auto list = std::make_unique<holdfast_run_list>();
    list->runs = required(scheduler, "scheduler").scheduler.step(time_of(now));
    *out = list.release();
  });
}

holdfast_status holdfast_scheduler_finished(holdfast_scheduler* scheduler, const char* name, holdfast_error** err) {
  return guard("scheduler", err, [&] { required(scheduler, "scheduler").scheduler.finished(required_text(name, "name")); });
}

holdfast_status holdfast_scheduler_next_due(int64_t* out, const holdfast_scheduler* scheduler, holdfast_error** err) {
  return guard("scheduler", err, [&] {
    give_time(out, required(scheduler, "scheduler").scheduler.next_due(), "the scheduler has nothing to decide until a run has finished");
  });
}

size_t holdfast_scheduler_running(const holdfast_scheduler* scheduler) { return scheduler == nullptr ? 0 : scheduler->scheduler.running(); }

size_t holdfast_run_list_count(const holdfast_run_list* list) { return list == nullptr ? 0 : list->runs.size(); }

holdfast_status holdfast_run_list_at(const holdfast_run_list* list, size_t index, holdfast_scheduled_run* out, holdfast_error** err) {
  return guard("scheduler", err, [&] {
    const std::vector<ScheduledRun>& runs = required(list, "list").runs;
    if (index >= runs.size()) throw Error(ErrorCode::not_found, "the list has no run " + std::to_string(index));
    const ScheduledRun& run = runs[index];
    fill(out, "out", holdfast_scheduled_run{0, decision_of(run.decision), run.name.c_str(), micros(run.due), run.merged});
  });
}

void holdfast_run_list_free(holdfast_run_list* list) { delete list; }
