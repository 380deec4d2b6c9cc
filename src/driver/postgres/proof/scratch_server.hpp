#pragma once

#include <memory>
#include <string>

#include "base/executor.hpp"
#include "driver/postgres/client/conninfo.hpp"
#include "driver/postgres/client/tools.hpp"
#include "holdfast/context.hpp"

namespace holdfast::postgres {

/// A PostgreSQL server of our own from the binaries of this machine: private directory, unix socket only, durability off, never as root,
/// and fenced in, for what it runs was written by others (docs/security.md). Destroyed = stopped and its directory removed. `superuser` is
/// the role it is made with. If this process is killed the server stops by itself, and the next scratch server removes the directory.
class ScratchServer {
 public:
  /// Of the source's major version if it is here, else the next newer. Throws Error{not_found} naming the package to install.
  ScratchServer(int source_version, const std::string& superuser, const std::string& bin_dir, const Context& context);
  ~ScratchServer();
  ScratchServer(const ScratchServer&) = delete;
  ScratchServer& operator=(const ScratchServer&) = delete;

  ConnInfo database(const std::string& name) const;
  /// The fences that this machine can't put up, for people.
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
  std::unique_ptr<Process> process_;           // behind the directory: it is stopped before that is removed
};

}  // namespace holdfast::postgres
