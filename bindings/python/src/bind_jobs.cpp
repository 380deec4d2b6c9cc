#include "jobs.hpp"

#include <pybind11/stl.h>

#include "convert.hpp"
#include "holdfast/job_run.hpp"
#include "notify.hpp"
#include "operation.hpp"

namespace holdfast::python {

namespace {

JobHost host_of(std::map<std::string, std::string> variables, std::string state) {
  JobHost host;
  host.variable = [variables = std::move(variables)](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  host.state = std::move(state);
  return host;
}

std::vector<std::tuple<std::size_t, std::size_t, std::string>> faults(const std::string& file) {
  std::vector<JobFault> found;
  parse_job_file(file, found);
  std::vector<std::tuple<std::size_t, std::size_t, std::string>> listed;
  for (const JobFault& fault : found) listed.emplace_back(fault.place.line, fault.place.column, fault.what);
  return listed;
}

std::string run(Operation& operation, const std::string& file, const std::string& job, bool dry_run, bool only_verification,
                const std::map<std::string, std::string>& variables, const std::string& state) {
  return operation.run([&] {
    return to_json(run_job(parse_job_file(file), job, {.dry_run = dry_run, .only_verification = only_verification},
                           host_of(variables, state), operation.context()));
  });
}

std::string check(Operation& operation, const std::string& file, const std::string& job,
                  const std::map<std::string, std::string>& variables) {
  return operation.run([&] { return to_json(preflight(parse_job_file(file), job, host_of(variables, ""), operation.context())); });
}

py::tuple tell(Operation& operation, const std::string& file, const std::string& job, const std::map<std::string, std::string>& variables,
               const std::string& state) {
  return python_notices(
      operation.run([&] { return tell_alerts(parse_job_file(file), job, host_of(variables, state), operation.context()); }));
}

py::object started(const std::string& file, const std::string& job, const std::string& state) {
  const std::optional<TimePoint> time = last_start(parse_job_file(file), job, host_of({}, state));
  return time ? to_python(*time) : py::none();
}

/// Each job as (name, schedule, expression, zone, server, seconds of its runs).
py::list planned(Operation& operation, const std::string& file, const std::map<std::string, std::string>& variables) {
  const std::vector<PlannedJob> jobs =
      operation.run([&] { return planned_jobs(parse_job_file(file), host_of(variables, ""), operation.context()); });
  py::list made;
  for (const PlannedJob& job : jobs) {
    std::vector<std::int64_t> seconds;
    for (const std::chrono::seconds duration : job.durations) seconds.push_back(duration.count());
    made.append(py::make_tuple(job.name, job.schedule, job.schedule.expression(), job.schedule.options().zone, job.server, seconds));
  }
  return made;
}

std::shared_ptr<Notifier> notifier(Operation& operation, const std::string& file, const std::map<std::string, std::string>& variables,
                                   const std::string& state) {
  return operation.run(
      [&] { return std::make_shared<Notifier>(job_notifier(parse_job_file(file), host_of(variables, state), operation.context())); });
}

/// Hooks are (name, options).
std::string run_given_hooks(Operation& operation, const std::vector<std::pair<std::string, Options>>& given, bool before,
                            const py::handle& record) {
  std::vector<Hook> hooks;
  for (const auto& [name, options] : given) hooks.push_back(parse_hook(name, options));
  const OperationRecord made = record_from(record);
  return operation.run(
      [&] { return to_json(run_hooks(hooks, before ? HookMoment::before : HookMoment::after, made, operation.context())); });
}

}  // namespace

void bind_jobs(py::module_& module) {
  module.def("job_file_faults", &faults, py::arg("file"));
  module.def("run_job", &run, py::arg("operation"), py::arg("file"), py::arg("job"), py::arg("dry_run"), py::arg("only_verification"),
             py::arg("variables"), py::arg("state"));
  module.def("preflight", &check, py::arg("operation"), py::arg("file"), py::arg("job"), py::arg("variables"));
  module.def("tell_alerts", &tell, py::arg("operation"), py::arg("file"), py::arg("job"), py::arg("variables"), py::arg("state"));
  module.def("last_start", &started, py::arg("file"), py::arg("job"), py::arg("state"));
  module.def("planned_jobs", &planned, py::arg("operation"), py::arg("file"), py::arg("variables"));
  module.def("job_notifier", &notifier, py::arg("operation"), py::arg("file"), py::arg("variables"), py::arg("state"));
  module.def("run_hooks", &run_given_hooks, py::arg("operation"), py::arg("hooks"), py::arg("before"), py::arg("record"));
}

}  // namespace holdfast::python
