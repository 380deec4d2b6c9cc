#pragma once

#include <string>
#include <vector>

#include "base/executor.hpp"
#include "container/exec_request.hpp"

namespace holdfast::container {

/// Runs a program in a container to its end and collects its output, which is small.
CommandResult run_in_container(const ExecPlace& place, std::vector<std::string> argv, const Context& context);

/// Runs programs in a container. It needs a POSIX shell there. Variables of the environment go to the engine in the
/// request: they are in no argument. It follows these parts of Command: argv, environment, pass, directory,
/// discard_output and patience. Used by one call; the context outlives it.
class ContainerExecutor final : public Executor {
 public:
  ContainerExecutor(ExecPlace place, const Context& context);

  /// Asks the container's shell. `folders` are of another machine, and mean nothing there.
  std::string find(const std::string& name, std::span<const std::filesystem::path> folders) const override;
  std::unique_ptr<Process> start(const Command& command) override;
  /// Throws Error{unsupported}.
  std::unique_ptr<ScratchPlace> open_scratch(const std::filesystem::path& parent) override;

 private:
  ExecPlace place_;
  const Context& context_;
};

}  // namespace holdfast::container
