#pragma once

#include <vector>

#include "base/yaml.hpp"
#include "holdfast/job.hpp"
#include "job/job_keys.hpp"

namespace holdfast {

/// Compares a document with the table of keys: unknown and missing keys, types, bounds and forms.
void check_keys(const YamlNode& document, const KeySpec& spec, std::vector<JobFault>& faults);

}  // namespace holdfast
