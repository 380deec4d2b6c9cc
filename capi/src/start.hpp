#pragma once

#include "job.hpp"

namespace holdfast::capi {

/// Starts a job: checks the arguments now and works later. `prepare(options)` returns the work.
template <class Prepare>
holdfast_status start(holdfast_job** out, const holdfast_options* options, holdfast_error** err, Prepare&& prepare) {
  return guard("job", err, [&] {
    Out result(out);
    const OptionSet set = options_of(options);
    auto job = std::make_shared<Job>(set, prepare(set));
    auto handle = std::make_unique<holdfast_job>(holdfast_job{job});
    Job::start(job);
    *out = handle.release();
  });
}

/// Makes a movable object copyable, because std::function requires that.
template <class T>
std::shared_ptr<std::unique_ptr<T>> shared(std::unique_ptr<T> moved) {
  return std::make_shared<std::unique_ptr<T>>(std::move(moved));
}

}  // namespace holdfast::capi
