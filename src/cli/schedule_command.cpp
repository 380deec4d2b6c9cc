#include <fmt/format.h>

#include <map>
#include <memory>

#include "format.hpp"
#include "holdfast/duration.hpp"
#include "holdfast/schedule_conflict.hpp"
#include "job_input.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct ScheduleArguments {
  std::vector<std::string> expressions;
  std::string jobs, state;
  ScheduleOptions options;
  std::string jitter, after;
  std::size_t count = 10;
  std::vector<std::string> durations;
  unsigned days = 28;
};

ScheduleOptions options_of(const ScheduleArguments& arguments) {
  ScheduleOptions options = arguments.options;
  if (!arguments.jitter.empty()) options.jitter = parse_duration(arguments.jitter);
  return options;
}

TimePoint start_of(const ScheduleArguments& arguments, const Session& session) {
  return arguments.after.empty() ? session.context().now() : parse_time(arguments.after);
}

void require_one_kind(const ScheduleArguments& arguments) {
  if (arguments.jobs.empty() == arguments.expressions.empty())
    throw Error(ErrorCode::invalid_argument, "give an expression, or a job file with --jobs");
}

/// The next runs of all jobs of a file, in their order.
int next_of_jobs(Session& session, const ScheduleArguments& arguments) {
  const JobFile file = good_job_file(arguments.jobs);
  std::multimap<TimePoint, const JobDefinition*> runs;
  for (const JobDefinition& job : file.jobs) {
    if (!job.schedule) continue;
    for (const TimePoint time : job.schedule->next_times(start_of(arguments, session), arguments.count)) runs.emplace(time, &job);
  }
  Json times = Json::array();
  std::string text;
  for (const auto& [time, job] : runs) {
    if (times.size() == arguments.count) break;
    times.push_back({{"time", format_time(time)}, {"local", job->schedule->local_time(time)}, {"job", job->name}});
    text += format_time(time) + "  " + job->schedule->local_time(time) + "  " + job->name + "\n";
  }
  return session.finish({{"times", times}}, text);
}

int next(Session& session, const ScheduleArguments& arguments) {
  require_one_kind(arguments);
  if (!arguments.jobs.empty()) return next_of_jobs(session, arguments);
  const Schedule schedule(arguments.expressions.at(0), options_of(arguments));
  Json times = Json::array();
  std::string text;
  for (const TimePoint time : schedule.next_times(start_of(arguments, session), arguments.count)) {
    times.push_back({{"time", format_time(time)}, {"local", schedule.local_time(time)}});
    text += format_time(time) + "  " + schedule.local_time(time) + "\n";
  }
  return session.finish({{"expression", schedule.expression()}, {"zone", schedule.options().zone}, {"times", times}}, text);
}

/// Returns how long the runs of an expression take: one duration is that of all.
std::vector<std::chrono::seconds> durations_of(const ScheduleArguments& arguments, std::size_t index) {
  const std::vector<std::string>& durations = arguments.durations;
  if (durations.empty()) return {};
  if (durations.size() != 1 && durations.size() != arguments.expressions.size())
    throw Error(ErrorCode::invalid_argument, fmt::format("--duration is given {} times for {}; give it once, or once for each expression",
                                                         durations.size(), count_of(arguments.expressions.size(), "expression")));
  return {parse_duration(durations.size() == 1 ? durations[0] : durations[index])};
}

int tell_conflicts(Session& session, const ScheduleArguments& arguments, const std::vector<PlannedJob>& jobs, Json document_of_schedules,
                   std::string text) {
  const TimePoint from = start_of(arguments, session);
  const std::vector<ScheduleConflict> found = find_conflicts(jobs, from, from + std::chrono::days(arguments.days));
  for (const ScheduleConflict& conflict : found) text += "conflict  " + printable(conflict.text()) + "\n";
  const int code = session.finish({{"schedules", std::move(document_of_schedules)}, {"conflicts", document(found)}}, text);
  return found.empty() ? code : kWarnings;
}

/// Checks the jobs of a file, whose runs take as long as those in the history did.
int check_jobs(Session& session, const ScheduleArguments& arguments) {
  if (!arguments.durations.empty()) throw Error(ErrorCode::invalid_argument, "--duration is for expressions: jobs have a history");
  const JobFile file = good_job_file(arguments.jobs);
  const std::vector<PlannedJob> jobs = planned_jobs(file, session.job_host(file, arguments.state), session.context());
  Json schedules = Json::array();
  std::string text;
  for (const PlannedJob& job : jobs) {
    const auto due = job.schedule.next(start_of(arguments, session));
    const auto usual = usual_duration(job.durations);
    schedules.push_back({{"job", job.name},
                         {"expression", job.schedule.expression()},
                         {"next", due ? Json(format_time(*due)) : Json(nullptr)},
                         {"runs", job.durations.size()},
                         {"usual_seconds", usual.count()}});
    text += fmt::format("ok        {}  next {}, {} of {}\n", job.name, due ? format_time(*due) : "never",
                        count_of(job.durations.size(), "earlier run"), format_seconds(static_cast<double>(usual.count())));
  }
  return tell_conflicts(session, arguments, jobs, std::move(schedules), std::move(text));
}

int check(Session& session, const ScheduleArguments& arguments) {
  require_one_kind(arguments);
  if (!arguments.jobs.empty()) return check_jobs(session, arguments);
  const TimePoint from = start_of(arguments, session);
  std::vector<PlannedJob> jobs;
  Json schedules = Json::array();
  std::string text;
  for (std::size_t index = 0; index < arguments.expressions.size(); ++index) {
    const std::string& expression = arguments.expressions[index];
    const Schedule schedule(expression, options_of(arguments));
    const auto due = schedule.next(from);
    schedules.push_back({{"expression", expression}, {"next", due ? Json(format_time(*due)) : Json(nullptr)}});
    text += fmt::format("ok        {}  next {}\n", printable(expression), due ? format_time(*due) : "never");
    jobs.push_back({expression, schedule, "", durations_of(arguments, index)});
  }
  return tell_conflicts(session, arguments, jobs, std::move(schedules), std::move(text));
}

CLI::App& add_schedule_action(CLI::App& schedule, Session& session, ScheduleArguments& arguments, const char* name, const char* help) {
  CLI::App& command = *schedule.add_subcommand(name, help);
  command.add_option("--zone", arguments.options.zone, "The time zone whose clock is meant, as in Europe/Berlin; default UTC")
      ->type_name("ZONE");
  command.add_option("--after", arguments.after, "Look at runs after this time, as in 2026-11-20T18:04:11Z; default now")
      ->type_name("TIME");
  command.add_option("--jitter", arguments.jitter, "Delay runs by a part of this time that depends on --name only")->type_name("TIME");
  command.add_option("--name", arguments.options.name, "The name of the schedule, for --jitter");
  command
      .add_option("--blackout", arguments.options.blackouts,
                  "Move runs in this window to its end, as in 'mon-fri 08:00-18:00' or 2026-12-24..2026-12-26 (repeatable)")
      ->allow_extra_args(false)
      ->type_name("WINDOW");
  add_state_option(command, arguments.state);
  command.add_option("--jobs", arguments.jobs, "The jobs of this file instead of expressions")->type_name("FILE");
  session.add_output_options(command);
  return command;
}

}  // namespace

void add_schedule(CLI::App& app, Session& session) {
  CLI::App& schedule = *app.add_subcommand("schedule", "When something is due, and jobs that run then");
  schedule.require_subcommand(1);
  const auto arguments = std::make_shared<ScheduleArguments>();
  constexpr const char* kExpression = "As in '30 2 * * mon-fri', '@daily' or 'every 6h'";

  CLI::App& nexts = add_schedule_action(schedule, session, *arguments, "next", "Print the next times, in UTC and on the zone's clock");
  nexts.add_option("expression", arguments->expressions, kExpression)->expected(1)->type_name("EXPRESSION");
  nexts.add_option("--count", arguments->count, "How many; default 10")->check(CLI::Range(1U, 100'000U))->type_name("N");
  session.on(nexts, [&session, arguments] { return next(session, *arguments); });

  CLI::App& checks = add_schedule_action(schedule, session, *arguments, "check", "Check expressions, and whether their runs collide");
  checks.add_option("expression", arguments->expressions, kExpression)->type_name("EXPRESSION");
  checks
      .add_option("--duration", arguments->durations,
                  "How long a run takes, as in 45m, to find runs at the same time: once for all, or for each expression")
      ->allow_extra_args(false)
      ->type_name("TIME");
  checks.add_option("--days", arguments->days, "Look this far ahead; default 28")->check(CLI::Range(1U, 3660U))->type_name("N");
  session.on(checks, [&session, arguments] { return check(session, *arguments); });
  add_schedule_run(schedule, session);
}

}  // namespace holdfast::cli
