#pragma once

#include <string>
#include <vector>

#include "driver/postgres/client/connection.hpp"

namespace holdfast::postgres {

/// Returns the server settings, as "name=value", under which these extensions can be created in `database` if some of
/// them work only in a server that preloads their libraries; none otherwise. Asks the server for what is installed, so
/// the names may come from a hostile backup. With these settings the server starts no background worker: a preloaded
/// library might register some, which would run jobs that the backup brought.
std::vector<std::string> preload_settings(Connection& connection, const std::vector<std::string>& extensions, const std::string& database);

/// Returns the scripts of these extensions, as far as they are installed, as one text.
std::string scripts_of(Connection& connection, const std::vector<std::string>& extensions);

}  // namespace holdfast::postgres
