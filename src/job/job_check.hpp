#pragma once

#include <vector>

#include "holdfast/job.hpp"
#include "job/job_keys.hpp"
#include "job/yaml_tree.hpp"

namespace holdfast {

/// Compares a document with the table of keys: unknown and missing keys, types, bounds and forms.
void check_keys(const YamlNode& document, const KeySpec& spec, std::vector<JobFault>& faults);

}  // namespace holdfast
