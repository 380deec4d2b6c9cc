#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/executor.hpp"
#include "driver/postgres/client/conninfo.hpp"
#include "holdfast/context.hpp"

namespace holdfast::postgres {

/// The PostgreSQL programs of one version.
struct Tools {
  std::string directory;
  int major = 0;
  std::string path(const std::string& program) const { return directory + "/" + program; }
};

/// Returns all directories with a `program`, newest version first. `only` (may be empty) restricts the search to one
/// directory. The search ends when version `enough` (0 = none) is found.
std::vector<Tools> find_tools(const std::string& program, const std::string& only, const Context& context, int enough = 0);

/// Returns the programs of version `wanted`, or those of the next newer version.
std::optional<Tools> closest_tools(const std::string& program, int wanted, const std::string& only, const Context& context);

/// Returns the programs for reading a server: those of its own version, or of the next newer one. Throws
/// Error{not_found} that names the missing package, Error{unsupported} if only older ones are installed.
Tools tools_for_server(int server_version, const std::string& only, const Context& context);

/// Returns the programs for reading an archive of pg_dump `dump_major` and writing it to a server of `server_version`
/// (0 = to none): those for that server, or older ones if an older pg_dump wrote the archive. Throws as above.
Tools tools_for_archive(int dump_major, int server_version, const std::string& only, const Context& context);

/// Returns a command that runs `program` on a database. Passes the password through a file in memory, everything else
/// through argv.
Command tool_command(const Tools& tools, const std::string& program, const ConnInfo& info, std::vector<std::string> arguments);

/// Returns 15 for 150018.
inline int major_of(int server_version) { return server_version / 10000; }

}  // namespace holdfast::postgres
