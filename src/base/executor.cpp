#include "base/executor.hpp"

#include <unistd.h>

#include "base/scratch_directory.hpp"
#include "base/subprocess.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

class LocalExecutor final : public Executor {
 public:
  std::string find(const std::string& name, std::span<const std::filesystem::path> folders) const override {
    const auto runnable = [](const std::filesystem::path& path) {
      std::error_code ignored;
      return ::access(path.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(path, ignored);
    };
    if (name.find('/') != std::string::npos) return runnable(name) ? name : "";
    std::vector<std::filesystem::path> directories(folders.begin(), folders.end());
    for (const char* usual : {"/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"})
      directories.emplace_back(usual);
    for (const auto& directory : directories) {
      if (runnable(directory / name)) return directory / name;
    }
    return "";
  }
  std::unique_ptr<Process> start(const Command& command) override { return std::make_unique<Subprocess>(command); }
  std::unique_ptr<ScratchPlace> open_scratch(const std::filesystem::path& parent) override {
    return std::make_unique<ScratchDirectory>(parent);
  }
};

}  // namespace

Executor& local_executor() noexcept {
  static LocalExecutor executor;
  return executor;
}

std::string find_program(const std::string& name, const Context& context) {
  return context.host.executor->find(name, context.host.program_path);
}

std::unique_ptr<Process> start_program(const Command& command, const Context& context) { return context.host.executor->start(command); }

CommandResult run_command(const Command& command, const Context& context, std::string_view input, std::size_t limit) {
  const std::unique_ptr<Process> process = start_program(command, context);
  CommandResult result;
  if (!input.empty()) process->write(as_bytes(input), context);
  process->close_input();
  std::array<std::byte, 65536> buffer;
  while (const std::size_t got = process->read(buffer, context)) {
    result.output += as_text(ByteView(buffer).first(got));
    if (result.output.size() > limit)
      throw Error(ErrorCode::limit, process->name() + " printed more than " + std::to_string(limit) + " bytes");
  }
  result.status = process->wait(context);
  result.errors = process->error_tail();
  return result;
}

}  // namespace holdfast
