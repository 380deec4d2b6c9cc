#pragma once

#include <string>
#include <vector>

#include "holdfast/driver.hpp"

namespace holdfast::postgres {

/// Which PostgreSQL programs are here, and, with a URI, whether that database can be backed up from here. Never throws for what it finds.
std::vector<Finding> diagnose(const std::string& uri, const std::string& bin_dir, Context& context);

}  // namespace holdfast::postgres
