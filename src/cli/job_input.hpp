#pragma once

#include <string>
#include <vector>

#include "holdfast/job.hpp"

namespace holdfast::cli {

struct CheckedFile {
  std::string name;
  JobFile file;
  std::vector<JobFault> faults;
};
/// Both throw Error{invalid_argument} if the file can't be read.
CheckedFile read_job_file(const std::string& name);
/// Throws Error{invalid_argument} that names the first fault.
JobFile good_job_file(const std::string& name);

}  // namespace holdfast::cli
