#include "conformance/storage_suite.hpp"

#include <fstream>

#include "support/temp_directory.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

const std::string kFolderProgram = HOLDFAST_SOURCE_DIR "/examples/command_storage/folder.sh";

/// A program that runs `script`; "$0" is the program itself.
std::string program(const TempDirectory& directory, const std::string& script) {
  const std::filesystem::path path = directory.path() / "program.sh";
  std::ofstream(path) << "#!/bin/sh\n" << script;
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return "command:" + path.string();
}

}  // namespace

TEST_CASE("a command storage of a shell script over a folder is a storage") {
  const TempDirectory directory(memory_directory());
  run_storage_suite([&] { return hf::open_storage("command:" + kFolderProgram + " '" + directory.path().string() + "/a folder'"); });
}

TEST_CASE("the exit status of a storage's program decides the result") {
  const TempDirectory directory;
  const auto storage = hf::open_storage(program(directory, "echo 'the reason' >&2; exit 77"));
  check_error(error_of([&] { storage->put_new("x", {}); }), hf::ErrorCode::permission_denied, "the reason");
  check_error(error_of([&] { storage->list("", [](const hf::ObjectInfo&) { return true; }); }), hf::ErrorCode::permission_denied,
              "the reason");
  const auto failing = hf::open_storage(program(directory, "exit 1"));
  check_error(error_of([&] { failing->stat("x"); }), hf::ErrorCode::io, "exit status 1");
  check_error(error_of([&] { failing->remove("x"); }), hf::ErrorCode::io, "exit status 1");
}

TEST_CASE("malformed output of a storage's program is refused, and invalid names are skipped") {
  const TempDirectory directory;
  for (const char* printed : {"5", "5 12", "x 12 name", "5 12 name", "-1 12 name\\n", "5 -12 name\\n", "5  name\\n"}) {
    CAPTURE(printed);
    const auto storage = hf::open_storage(program(directory, std::string("printf '") + printed + "'"));
    error_of([&] { storage->list("", [](const hf::ObjectInfo&) { return true; }); });
  }
  const auto storage = hf::open_storage(program(directory, "printf '5 12 name\\n7 13.5 ../x\\n1 1 a\\n'"));
  CHECK(names(*storage) == std::vector<std::string>{"a", "name"});
  CHECK(names(*storage, "n") == std::vector<std::string>{"name"});
}

TEST_CASE("a storage's program that is invalid or cannot be started is refused") {
  check_error(error_of([] { hf::open_storage("command:/no/such/program"); }), hf::ErrorCode::not_found, "no such program");
  check_error(error_of([] { hf::open_storage("command:"); }), hf::ErrorCode::invalid_argument, "empty");
  check_error(error_of([] { hf::open_storage("command:true", {{"speed", "1"}}); }), hf::ErrorCode::invalid_argument, "speed");
}

TEST_CASE("an upload that was cut never becomes an object") {
  const TempDirectory directory;
  const std::string root = (directory.path() / "root").string();
  const auto storage = hf::open_storage(program(directory, "if [ \"$1\" = put ]; then head -c 1000 | " + kFolderProgram + " " + root +
                                                               " \"$@\"; else exec " + kFolderProgram + " " + root + " \"$@\"; fi"));
  error_of([&] { storage->put_new("x", random_bytes(2000, 1)); });
  CHECK_FALSE(storage->stat("x").has_value());
  CHECK(names(*storage).empty());
}
