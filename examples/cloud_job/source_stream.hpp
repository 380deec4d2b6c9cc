#pragma once

#include <holdfast/option.hpp>
#include <holdfast/pipeline.hpp>

#include <string>

namespace cloud_job {

/// Returns the only stream of a source as the beginning of a pipeline. Throws Error{invalid_argument} for a bad URI or
/// option.
holdfast::Producer stream_of_source(const std::string& uri, const holdfast::Options& options);

}  // namespace cloud_job
