#pragma once

#include "holdfast/preflight.hpp"
#include "job/opened_job.hpp"

namespace holdfast {

/// The checks of a job, with what they open left open for the run.
PreflightReport preflight(OpenedJob& opened);

}  // namespace holdfast
