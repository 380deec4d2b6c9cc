#include <memory>

#include "format.hpp"
#include "job_input.hpp"
#include "job_report.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct JobRunArguments {
  std::string file, job, state;
  bool dry_run = false;
};

int run(Session& session, const JobRunArguments& arguments) {
  const JobFile file = good_job_file(arguments.file);
  const JobReport report = session.with_progress(arguments.job, "read", [&] {
    return run_job(file, arguments.job, {.dry_run = arguments.dry_run}, session.job_host(file, arguments.state), session.context());
  });
  session.confirm(document(report), text_of(report));
  return exit_code_of(report);
}

int check(Session& session, const JobRunArguments& arguments) {
  const JobFile file = good_job_file(arguments.file);
  const PreflightReport report = preflight(file, arguments.job, session.job_host(file, arguments.state), session.context());
  const int code = session.finish({{"ok", report.ok()}, {"checks", document(report)}}, text_of(report, true));
  if (!report.ok()) return kFailed;
  const auto warns = [](const PreflightCheck& check) { return check.state == Finding::State::warning; };
  return std::ranges::any_of(report.checks, warns) ? kWarnings : code;
}

CLI::App& add_action(CLI::App& job, Session& session, JobRunArguments& arguments, const char* name, const char* help) {
  CLI::App& command = *job.add_subcommand(name, help);
  command.add_option("file", arguments.file, "The job file")->required()->type_name("FILE");
  command.add_option("job", arguments.job, "The job's name")->required()->type_name("NAME");
  add_state_option(command, arguments.state);
  session.add_timeout_options(command);
  session.add_output_options(command);
  return command;
}

}  // namespace

void add_job_run(CLI::App& job, Session& session) {
  const auto arguments = std::make_shared<JobRunArguments>();
  CLI::App& runs =
      add_action(job, session, *arguments, "run", "Run a job: its hooks, backup, verifications, expiry, copies, notifications");
  runs.add_flag("--dry-run", arguments->dry_run, "Only check what it needs, and tell what each step would do");
  session.on(runs, [&session, arguments] { return run(session, *arguments); });

  CLI::App& checks =
      add_action(job, session, *arguments, "preflight", "Check what a job needs: sources, repositories, space, keys, clocks");
  session.on(checks, [&session, arguments] { return check(session, *arguments); });
}

}  // namespace holdfast::cli
