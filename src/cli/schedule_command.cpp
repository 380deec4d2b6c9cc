#include <fmt/format.h>

#include <memory>

#include "format.hpp"
#include "holdfast/duration.hpp"
#include "holdfast/schedule_conflict.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct ScheduleArguments {
  std::vector<std::string> expressions;
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

int next(Session& session, const ScheduleArguments& arguments) {
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

int check(Session& session, const ScheduleArguments& arguments) {
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
  const std::vector<ScheduleConflict> found = find_conflicts(jobs, from, from + std::chrono::days(arguments.days));
  for (const ScheduleConflict& conflict : found) text += "conflict  " + printable(conflict.text()) + "\n";
  const int code = session.finish({{"schedules", schedules}, {"conflicts", document(found)}}, text);
  return found.empty() ? code : kWarnings;
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
  session.add_output_options(command);
  return command;
}

}  // namespace

void add_schedule(CLI::App& app, Session& session) {
  CLI::App& schedule = *app.add_subcommand("schedule", "When something is due: cron expressions and intervals");
  schedule.require_subcommand(1);
  const auto arguments = std::make_shared<ScheduleArguments>();
  constexpr const char* kExpression = "As in '30 2 * * mon-fri', '@daily' or 'every 6h'";

  CLI::App& nexts = add_schedule_action(schedule, session, *arguments, "next", "Print the next times, in UTC and on the zone's clock");
  nexts.add_option("expression", arguments->expressions, kExpression)->required()->expected(1)->type_name("EXPRESSION");
  nexts.add_option("--count", arguments->count, "How many; default 10")->check(CLI::Range(1U, 100'000U))->type_name("N");
  session.on(nexts, [&session, arguments] { return next(session, *arguments); });

  CLI::App& checks = add_schedule_action(schedule, session, *arguments, "check", "Check expressions, and whether their runs collide");
  checks.add_option("expression", arguments->expressions, kExpression)->required()->type_name("EXPRESSION");
  checks
      .add_option("--duration", arguments->durations,
                  "How long a run takes, as in 45m, to find runs at the same time: once for all, or for each expression")
      ->allow_extra_args(false)
      ->type_name("TIME");
  checks.add_option("--days", arguments->days, "Look this far ahead; default 28")->check(CLI::Range(1U, 3660U))->type_name("N");
  session.on(checks, [&session, arguments] { return check(session, *arguments); });
}

}  // namespace holdfast::cli
