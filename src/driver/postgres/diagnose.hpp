#pragma once

#include <string>
#include <vector>

#include "holdfast/driver.hpp"

namespace holdfast::postgres {

/// Reports which PostgreSQL programs are installed and, with a URI, whether that database can be backed up from here.
/// An empty password is that of the URI. Does not throw for its findings.
std::vector<Finding> diagnose(const std::string& uri, const std::string& password, const std::string& bin_dir, Context& context);

}  // namespace holdfast::postgres
