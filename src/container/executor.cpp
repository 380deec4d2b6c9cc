#include "container/executor.hpp"

#include <array>

#include "container/exec_process.hpp"

namespace holdfast::container {

ContainerExecutor::ContainerExecutor(ExecPlace place, const Context& context) : place_(std::move(place)), context_(context) {}

CommandResult run_in_container(const ExecPlace& place, std::vector<std::string> argv, const Context& context) {
  Command command{.argv = std::move(argv)};
  command.pass.clear();
  ExecProcess process(place, command, context);
  process.close_input();
  CommandResult result;
  std::array<std::byte, 4096> buffer;
  while (const std::size_t got = process.read(buffer, context)) result.output += as_text(ByteView(buffer).first(got));
  result.status = process.wait(context);
  result.errors = process.error_tail();
  return result;
}

std::string ContainerExecutor::find(const std::string& name, std::span<const std::filesystem::path>) const {
  const CommandResult result = run_in_container(place_, {"sh", "-c", "command -v -- \"$1\"", "sh", name}, context_);
  return result.status == 0 ? result.output.substr(0, result.output.find('\n')) : "";
}

std::unique_ptr<Process> ContainerExecutor::start(const Command& command) {
  return std::make_unique<ExecProcess>(place_, command, context_);
}

std::unique_ptr<ScratchPlace> ContainerExecutor::open_scratch(const std::filesystem::path&) {
  throw Error(ErrorCode::unsupported, "there is no place for short-lived files in the container " + place_.container);
}

}  // namespace holdfast::container
