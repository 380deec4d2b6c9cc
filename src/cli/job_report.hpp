#pragma once

#include "exit_codes.hpp"
#include "holdfast/job_run.hpp"

namespace holdfast::cli {

/// The exit code of a run.
ExitCode exit_code_of(const JobReport& report);
/// "shop succeeded in 3.1 s", with the reason if it did not.
std::string summary_of(const JobReport& report);
/// A table of the steps, and the summary.
std::string text_of(const JobReport& report);
/// A table of what is not ok, or of all checks.
std::string text_of(const PreflightReport& report, bool all);

}  // namespace holdfast::cli
