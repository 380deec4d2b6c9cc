#include "base/executor.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "driver/command/driver.hpp"
#include "holdfast/error.hpp"
#include "holdfast/storage_host.hpp"
#include "support/temp_directory.hpp"

namespace fs = std::filesystem;
namespace hf = holdfast;

namespace {

// Runs programs on this machine and records their names.
class RecordingExecutor final : public hf::Executor {
 public:
  std::vector<std::string> started;

  std::string find(const std::string& name, std::span<const fs::path> folders) const override {
    return hf::local_executor().find(name, folders);
  }
  std::unique_ptr<hf::Process> start(const hf::Command& command) override {
    started.push_back(command.argv.at(0));
    return hf::local_executor().start(command);
  }
  std::unique_ptr<hf::ScratchPlace> open_scratch(const fs::path& parent) override { return hf::local_executor().open_scratch(parent); }
};

fs::path make_program(const fs::path& path, const std::string& script) {
  std::ofstream(path) << "#!/bin/sh\n" << script;
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

}  // namespace

TEST_CASE("the folders of the host come before the usual ones, and a path is taken as it is") {
  const hf::testing::TempDirectory folder;
  const fs::path own = make_program(folder.path() / "true", "");
  hf::Executor& executor = hf::local_executor();
  const std::vector<fs::path> folders = {folder.path()};
  CHECK(executor.find("true", folders) == own);
  CHECK(executor.find("true", {}) != own);
  CHECK(executor.find("true", {}).ends_with("/true"));
  CHECK(executor.find(own, {}) == own);
  CHECK(executor.find((folder.path() / "nothing").string(), {}).empty());
  CHECK(executor.find(folder.path().string(), {}).empty());  // a folder is not a program
  CHECK(executor.find("no-such-program", folders).empty());
}

TEST_CASE("a scratch place is a new folder that is removed with its content") {
  const hf::testing::TempDirectory parent;
  fs::path path;
  {
    const auto place = hf::local_executor().open_scratch(parent.path());
    path = place->path();
    std::ofstream(path / "file") << "x";
    CHECK(path.parent_path() == parent.path());
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("the programs of a driver run through the host's executor") {
  RecordingExecutor executor;
  hf::Context context({.executor = &executor});
  CHECK(hf::run_command({.argv = {"/bin/echo", "a"}}, context).output == "a\n");
  const hf::testing::TempDirectory folder;
  make_program(folder.path() / "restorer", "cat > /dev/null");
  context.host.program_path = {folder.path()};
  const auto target = hf::command_driver()->open_target("exec:restorer", {});
  const auto manifest = std::make_shared<hf::Manifest>();
  manifest->sources = {{.driver = "exec"}};
  manifest->entries = {{.name = "stream"}};
  const hf::BackupView view(manifest, 0, [](const hf::EntryRecord&) { return hf::memory_reader(hf::ByteView()); });
  target->preflight(view, {}, context);
  target->restore(view, {}, context);
  CHECK(executor.started == std::vector<std::string>{"/bin/echo", folder.path() / "restorer"});
}

TEST_CASE("a command: storage runs its program through the host's executor, from the host's folders") {
  const hf::testing::TempDirectory folder;
  make_program(folder.path() / "keeper", "[ \"$1\" = list ] || exit 1");
  RecordingExecutor executor;
  const auto storage =
      hf::open_storage("command:keeper", {}, hf::IfMissing::create, {.program_path = {folder.path()}, .executor = &executor});
  storage->list("", [](const hf::ObjectInfo&) { return true; });
  CHECK(executor.started == std::vector<std::string>{folder.path() / "keeper"});
}
