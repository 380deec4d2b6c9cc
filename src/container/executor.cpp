#include "container/executor.hpp"

#include <array>

#include "container/exec_process.hpp"

namespace holdfast::container {

ContainerExecutor::ContainerExecutor(ExecPlace place, const Context& context) : place_(std::move(place)), context_(context) {}

std::string ContainerExecutor::find(const std::string& name, std::span<const std::filesystem::path>) const {
  Command command{.argv = {"sh", "-c", "command -v -- \"$1\"", "sh", name}};
  command.pass.clear();
  ExecProcess process(place_, command, context_);
  process.close_input();
  std::string found;
  std::array<std::byte, 4096> buffer;
  while (const std::size_t got = process.read(buffer, context_)) found += as_text(ByteView(buffer).first(got));
  if (process.wait(context_) != 0) return {};
  return found.substr(0, found.find('\n'));
}

std::unique_ptr<Process> ContainerExecutor::start(const Command& command) {
  return std::make_unique<ExecProcess>(place_, command, context_);
}

std::unique_ptr<ScratchPlace> ContainerExecutor::open_scratch(const std::filesystem::path&) {
  throw Error(ErrorCode::unsupported, "there is no place for short-lived files in the container " + place_.container);
}

}  // namespace holdfast::container
