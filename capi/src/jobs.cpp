#include "holdfast_jobs.h"

#include <algorithm>

#include "handles.hpp"
#include "holdfast/job_json.hpp"
#include "holdfast/job_run.hpp"
#include "notifier_handle.hpp"
#include "operation.hpp"
#include "options.hpp"
#include "schedule_handles.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

JobHost host_of(const OptionSet& options) {
  JobHost host;
  host.variable = [variables = options.family("job.variable.")](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  host.state = options.text("job.state");
  host.drivers = drivers_of(options);
  return host;
}

HookMoment moment_from(const std::string& name) {
  if (name == "before") return HookMoment::before;
  if (name == "after") return HookMoment::after;
  refuse("moment is \"before\" or \"after\", not \"" + name + "\"");
}

/// Makes the text of `call(file, job, options, context)`.
template <class Call>
auto on_job(const char* file, const char* job, const holdfast_options* options, const Call& call) {
  return [=] {
    const JobFile parsed = parse_job_file(required_text(file, "file"));
    const std::string wanted = required_text(job, "job");
    const OptionSet set = options_of(options);
    Operation operation(set);
    return call(parsed, wanted, set, operation.context);
  };
}

}  // namespace

holdfast_status holdfast_jobs_check(char** out, const char* file, holdfast_error** err) {
  return give_text(out, "job", err, [&] {
    std::vector<JobFault> faults;
    parse_job_file(required_text(file, "file"), faults);
    return to_json(faults);
  });
}

holdfast_status holdfast_jobs_run(char** out, const char* file, const char* job, const holdfast_options* options, holdfast_error** err) {
  return give_text(out, "job", err,
                   on_job(file, job, options, [](const JobFile& parsed, const std::string& wanted, const OptionSet& set, Context& context) {
                     const JobRunOptions run{.dry_run = set.flag("job.dry_run"), .only_verification = set.flag("job.only_verification")};
                     return to_json(run_job(parsed, wanted, run, host_of(set), context));
                   }));
}

holdfast_status holdfast_jobs_preflight(char** out, const char* file, const char* job, const holdfast_options* options,
                                        holdfast_error** err) {
  return give_text(out, "job", err,
                   on_job(file, job, options, [](const JobFile& parsed, const std::string& wanted, const OptionSet& set, Context& context) {
                     return to_json(preflight(parsed, wanted, host_of(set), context));
                   }));
}

holdfast_status holdfast_jobs_tell_alerts(char** out, const char* file, const char* job, const holdfast_options* options,
                                          holdfast_error** err) {
  return give_text(out, "job", err,
                   on_job(file, job, options, [](const JobFile& parsed, const std::string& wanted, const OptionSet& set, Context& context) {
                     return to_json(tell_alerts(parsed, wanted, host_of(set), context));
                   }));
}

holdfast_status holdfast_jobs_last_start(int64_t* out, const char* file, const char* job, const holdfast_options* options,
                                         holdfast_error** err) {
  return guard("job", err, [&] {
    int64_t& place = required(out, "out");
    const std::string wanted = required_text(job, "job");
    const auto started = last_start(parse_job_file(required_text(file, "file")), wanted, host_of(options_of(options)));
    if (!started) throw Error(ErrorCode::not_found, "job " + wanted + " never ran with this state folder");
    place = micros(*started);
  });
}

holdfast_status holdfast_jobs_schedule(holdfast_schedule** out, const char* file, const char* job, holdfast_error** err) {
  clear(out);
  return guard("job", err, [&] {
    Out result(out);
    const JobFile parsed = parse_job_file(required_text(file, "file"));
    const std::string wanted = required_text(job, "job");
    const auto found = std::ranges::find(parsed.jobs, wanted, &JobDefinition::name);
    if (found == parsed.jobs.end() || !found->schedule)
      throw Error(ErrorCode::not_found, "the job file has no schedule of a job " + wanted);
    result.make(*found->schedule);
  });
}

holdfast_status holdfast_jobs_plan(holdfast_schedule_plan** out, const char* file, const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return guard("job", err, [&] {
    Out result(out);
    const JobFile parsed = parse_job_file(required_text(file, "file"));
    const OptionSet set = options_of(options);
    Operation operation(set);
    result.make(planned_jobs(parsed, host_of(set), operation.context));
  });
}

holdfast_status holdfast_jobs_notifier(holdfast_notifier** out, const char* file, const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return guard("job", err, [&] {
    required(out, "out");
    const JobFile parsed = parse_job_file(required_text(file, "file"));
    const OptionSet set = options_of(options);
    Operation operation(set);
    *out = new holdfast_notifier(job_notifier(parsed, host_of(set), operation.context));
  });
}

holdfast_status holdfast_hooks_run(char** out, const char* hooks, const char* moment, const char* operation,
                                   const holdfast_options* options, holdfast_error** err) {
  return give_text(out, "job", err, [&] {
    const std::vector<Hook> given = parse_hooks(required_text(hooks, "hooks"));
    const HookMoment when = moment_from(required_text(moment, "moment"));
    const OperationRecord record = parse_record(required_text(operation, "operation"));
    Operation call(options);
    return to_json(run_hooks(given, when, record, call.context));
  });
}
