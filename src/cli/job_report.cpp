#include "job_report.hpp"

#include <fmt/format.h>

#include "format.hpp"

namespace holdfast::cli {

ExitCode exit_code_of(const JobReport& report) {
  switch (report.state) {
    case StepState::planned:
    case StepState::succeeded: return kOk;
    case StepState::warnings:
    case StepState::skipped: return kWarnings;
    case StepState::faults: return kFault;
    case StepState::cancelled: return kCancelled;
    case StepState::failed: break;
  }
  return kFailed;
}

std::string summary_of(const JobReport& report) {
  const std::string why = report.message.empty() ? "" : ": " + printable(report.message);
  if (report.dry_run) return fmt::format("{} would run{}\n", report.job, why.empty() ? "" : ", but" + why);
  if (report.state == StepState::skipped) return fmt::format("{} was left out{}\n", report.job, why);
  return fmt::format("{} {} in {}{}\n", report.job, to_string(report.state), format_seconds(report.seconds), why);
}

std::string text_of(const JobReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const JobStepReport& step : report.steps)
    rows.push_back(
        {step.step + (step.subject.empty() ? "" : " " + step.subject), std::string(to_string(step.state)), printable(step.message)});
  return text_of(report.preflight, false) + format_table(rows, {}) + summary_of(report);
}

std::string text_of(const PreflightReport& report, bool all) {
  std::vector<std::vector<std::string>> rows;
  for (const PreflightCheck& check : report.checks) {
    if (check.state == Finding::State::ok && !all) continue;
    const char* const state = check.state == Finding::State::ok ? "ok" : check.state == Finding::State::warning ? "warning" : "missing";
    rows.push_back(
        {state, printable(check.of), printable(check.what), printable(check.detail + (check.advice.empty() ? "" : "; " + check.advice))});
  }
  return rows.empty() ? "" : format_table(rows, {});
}

}  // namespace holdfast::cli
