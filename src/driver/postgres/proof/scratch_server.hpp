#pragma once

#include <memory>
#include <string>

#include "base/executor.hpp"
#include "driver/postgres/client/conninfo.hpp"
#include "driver/postgres/client/tools.hpp"
#include "holdfast/context.hpp"

namespace holdfast::postgres {

/// A PostgreSQL server of our own from the programs of this machine: private directory, only a unix socket, no
/// durability, never as root, and confined, because it runs code of others (docs/security.md). Its destructor stops it
/// and removes its directory. If this process is killed, the server stops by itself, and the next scratch server
/// removes the directory.
class ScratchServer {
 public:
  /// The restored database that the server is for.
  struct Purpose {
    int source_version = 0;
    std::string superuser;                ///< the role that the server is created with
    std::vector<std::string> extensions;  ///< in the order of their creation
    std::string database;
  };
  /// Uses the source's major version, or the next newer one. Throws Error{not_found} that names the package to install.
  ScratchServer(Purpose purpose, const std::string& bin_dir, const Context& context);
  ~ScratchServer();
  ScratchServer(const ScratchServer&) = delete;
  ScratchServer& operator=(const ScratchServer&) = delete;

  ConnInfo database(const std::string& name) const;
  ConnInfo database() const { return database(purpose_.database); }
  /// Returns what this server lacks, for people: confinements that this machine does not support, libraries that could
  /// not be preloaded.
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  Command command(const std::string& program, Confinement::Programs programs);
  void initialise(const Context& context);
  void start(const std::vector<std::string>& settings, const Context& context);
  void stop(const Context& context);
  void preload_libraries(const Context& context);

  Purpose purpose_;
  Tools tools_;
  std::optional<RunAs> user_;
  std::unique_ptr<ScratchPlace> directory_;
  std::shared_ptr<const Confinement> fences_;  // of the server
  std::vector<std::string> warnings_;
  std::unique_ptr<Process> process_;  // after the directory: stopped before that is removed
};

}  // namespace holdfast::postgres
