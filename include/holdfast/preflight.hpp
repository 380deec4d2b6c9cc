#pragma once

#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/finding.hpp"
#include "holdfast/job.hpp"

namespace holdfast {

struct JobHost;

/// One prerequisite of a run.
struct PreflightCheck {
  std::string of;    ///< "source shop", "repository main", "channel ops", "hook", "scratch"
  std::string what;  ///< "reachable", "rights", "space", "versions", "key", "clock" …
  Finding::State state = Finding::State::ok;
  std::string detail;
  std::string advice;  ///< what to do; empty if it is ok
};

struct PreflightReport {
  std::vector<PreflightCheck> checks;
  bool ok() const;  ///< nothing is missing; there may be warnings
};
std::string to_json(const PreflightReport& report);  ///< an array

/// Looks whether a job could run now: sources reachable and readable, repositories opened by their keys, space, clocks,
/// channels and hooks complete. Reads only: stores nothing, starts no hook, tells nobody; drivers may run their
/// programs. What is missing is part of the report. Throws Error{not_found} if the file has no such job, and
/// Error{cancelled}.
PreflightReport preflight(const JobFile& file, const std::string& job, const JobHost& host, Context& context);

}  // namespace holdfast
