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

/// All directories with a `program`, newest version first. `only` (may be empty) restricts the search to one directory; a version found
/// to be `enough` (0 = none) ends it.
std::vector<Tools> find_tools(const std::string& program, const std::string& only, const Context& context, int enough = 0);

/// Those of version `wanted` if they are here, else the next newer ones.
std::optional<Tools> closest_tools(const std::string& program, int wanted, const std::string& only, const Context& context);

/// The programs to read a server with: its own version if there, else the next newer one. Throws Error{not_found} that says which
/// package is missing, Error{unsupported} when what is here is too old.
Tools tools_for_server(int server_version, const std::string& only, const Context& context);

/// The programs to read an archive of pg_dump `dump_major` with, and to write it to a server of `server_version` (0 = to none): those for
/// that server, but what an older pg_dump wrote also an older pg_restore puts there. Throws as above.
Tools tools_for_archive(int dump_major, int server_version, const std::string& only, const Context& context);

/// A command for `program` against a database: the password goes through a file in memory, everything else through argv.
Command tool_command(const Tools& tools, const std::string& program, const ConnInfo& info, std::vector<std::string> arguments);

/// 15 of 150018.
inline int major_of(int server_version) { return server_version / 10000; }

}  // namespace holdfast::postgres
