#pragma once

#include <string>
#include <vector>

#include "holdfast/driver.hpp"

namespace holdfast::postgres {

/// A database to look at, as a URI and options name it.
struct Examined {
  std::string uri;       ///< empty = none
  std::string password;  ///< empty = that of the URI
  std::string engine_socket, bin_dir;
};

/// Reports which PostgreSQL programs are installed and whether a database can be backed up from here. Does not throw
/// for its findings.
std::vector<Finding> diagnose(const Examined& examined, Context& context);

}  // namespace holdfast::postgres
