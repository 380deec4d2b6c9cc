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
/// and removes its directory. `superuser` is the role that it is created with. If this process is killed, the server
/// stops by itself, and the next scratch server removes the directory.
class ScratchServer {
 public:
  /// Uses the source's major version, or the next newer one. Throws Error{not_found} that names the package to install.
  ScratchServer(int source_version, const std::string& superuser, const std::string& bin_dir, const Context& context);
  ~ScratchServer();
  ScratchServer(const ScratchServer&) = delete;
  ScratchServer& operator=(const ScratchServer&) = delete;

  ConnInfo database(const std::string& name) const;
  /// Returns the confinements that this machine does not support, for people.
  const std::vector<std::string>& missing_fences() const noexcept { return fences_->missing(); }

 private:
  Command command(const std::string& program, Confinement::Programs programs);
  void initialise(const Context& context);
  void start(const Context& context);

  Tools tools_;
  std::string superuser_;
  std::optional<RunAs> user_;
  std::unique_ptr<ScratchPlace> directory_;
  std::shared_ptr<const Confinement> fences_;  // of the server
  std::unique_ptr<Process> process_;           // after the directory: stopped before that is removed
};

}  // namespace holdfast::postgres
