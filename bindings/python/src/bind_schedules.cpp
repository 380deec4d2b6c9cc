#include <pybind11/stl.h>

#include "convert.hpp"
#include "holdfast/schedule_conflict.hpp"
#include "holdfast/scheduler.hpp"
#include "schedules.hpp"

namespace holdfast::python {

namespace {

Schedule make_schedule(const std::string& expression, std::string zone, std::string name, std::int64_t jitter_seconds,
                       std::vector<std::string> blackouts, const std::string& catch_up, const std::string& overlap,
                       std::int64_t start_within_seconds) {
  return Schedule(expression, {.zone = std::move(zone),
                               .name = std::move(name),
                               .jitter = std::chrono::seconds(jitter_seconds),
                               .blackouts = std::move(blackouts),
                               .catch_up = parse_catch_up(catch_up),
                               .overlap = parse_overlap(overlap),
                               .start_within = std::chrono::seconds(start_within_seconds)});
}

py::object time_or_none_of(std::optional<TimePoint> time) { return time ? to_python(*time) : py::none(); }

py::tuple times_after(const Schedule& schedule, const py::handle& after, std::size_t count) {
  return to_tuple(schedule.next_times(time_from(after), count));
}

/// Each run as (name, due, decision, merged).
py::list step(Scheduler& scheduler, const py::handle& now) {
  py::list runs;
  for (const ScheduledRun& run : scheduler.step(time_from(now)))
    runs.append(py::make_tuple(run.name, to_python(run.due), to_string(run.decision), run.merged));
  return runs;
}

/// Jobs are (name, schedule, server, seconds of earlier runs), conflicts (first, second or None, at, times, seconds,
/// shift in seconds or None, text).
py::list conflicts(const std::vector<std::tuple<std::string, Schedule, std::string, std::vector<std::int64_t>>>& jobs,
                   const py::handle& from, const py::handle& until) {
  std::vector<PlannedJob> planned;
  for (const auto& [name, schedule, server, lengths] : jobs) {
    planned.push_back({name, schedule, server, {}});
    for (const std::int64_t length : lengths) planned.back().durations.emplace_back(length);
  }
  py::list found;
  for (const ScheduleConflict& conflict : find_conflicts(planned, time_from(from), time_from(until))) {
    const bool collision = conflict.kind == ScheduleConflict::Kind::collision;
    found.append(py::make_tuple(conflict.first, collision ? py::object(py::str(conflict.second)) : py::none(), to_python(conflict.at),
                                conflict.times, conflict.longest.count(),
                                conflict.shift ? py::object(py::int_(conflict.shift->count())) : py::none(), conflict.text()));
  }
  return found;
}

}  // namespace

void bind_schedules(py::module_& module) {
  py::class_<Schedule>(module, "NativeSchedule")
      .def(py::init(&make_schedule), py::arg("expression"), py::arg("zone"), py::arg("name"), py::arg("jitter_seconds"),
           py::arg("blackouts"), py::arg("catch_up"), py::arg("overlap"), py::arg("start_within_seconds"))
      .def(
          "next", [](const Schedule& schedule, const py::handle& after) { return time_or_none_of(schedule.next(time_from(after))); },
          py::arg("after"))
      .def("next_times", &times_after, py::arg("after"), py::arg("count"))
      .def(
          "previous", [](const Schedule& schedule, const py::handle& at) { return time_or_none_of(schedule.previous(time_from(at))); },
          py::arg("at"))
      .def(
          "local_time", [](const Schedule& schedule, const py::handle& time) { return schedule.local_time(time_from(time)); },
          py::arg("time"));
  py::class_<Scheduler>(module, "NativeScheduler")
      .def(py::init<>())
      .def(
          "add",
          [](Scheduler& scheduler, const std::string& name, const Schedule& schedule, const py::handle& since) {
            scheduler.add(name, schedule, time_from(since));
          },
          py::arg("name"), py::arg("schedule"), py::arg("since"))
      .def("remove", &Scheduler::remove, py::arg("name"))
      .def("step", &step, py::arg("now"))
      .def("finished", &Scheduler::finished, py::arg("name"))
      .def("next_due", [](const Scheduler& scheduler) { return time_or_none_of(scheduler.next_due()); })
      .def_property_readonly("running", &Scheduler::running);
  module.def("find_conflicts", &conflicts, py::arg("jobs"), py::arg("start"), py::arg("end"));
}

}  // namespace holdfast::python
