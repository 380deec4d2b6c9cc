#include "base/bounded_run.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <thread>

#include "holdfast/error.hpp"
#include "support/temp_directory.hpp"

namespace fs = std::filesystem;
namespace hf = holdfast;
using std::chrono::milliseconds;

namespace {

hf::BoundedRun run(const std::string& script, hf::RunBounds bounds = {}, std::string_view input = {}) {
  hf::Context context;
  return hf::run_bounded({.argv = {"/bin/sh", "-c", script}}, bounds, input, context);
}

/// A dead process counts, also while nobody has reaped it.
bool is_running(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(status)), {});
  return !text.empty() && text.find(") Z ") == std::string::npos;
}

/// Returns false, and kills it, if it stays.
bool ends(pid_t pid) {
  for (int i = 0; i < 500 && is_running(pid); ++i) std::this_thread::sleep_for(milliseconds(10));
  const bool ended = !is_running(pid);
  if (!ended) ::kill(pid, SIGKILL);
  return ended;
}

pid_t pid_in(const fs::path& file) {
  pid_t pid = 0;
  for (int i = 0; i < 500 && pid == 0; ++i) {
    std::ifstream(file) >> pid;
    if (pid == 0) std::this_thread::sleep_for(milliseconds(10));
  }
  return pid;
}

}  // namespace

TEST_CASE("a program's status, output and errors are kept, as plain text") {
  const hf::BoundedRun done = run("cat; printf 'no\\033' >&2; exit 3", {}, "input\n");
  CHECK(done.status == 3);
  CHECK(!done.late);
  CHECK(done.output == "input\n");
  CHECK(done.errors == "no ");
}

TEST_CASE("output beyond the bound is dropped, and the program goes on") {
  const hf::BoundedRun done = run("head -c 300000 /dev/zero | tr '\\0' x; exit 5", {.most_output = 1000});
  CHECK(done.status == 5);
  CHECK(done.cut);
  CHECK(done.output == std::string(1000, 'x'));
  CHECK(!run("printf 12345", {.most_output = 5}).cut);
}

TEST_CASE("a program that reads no input ends well") { CHECK(run("exit 0", {}, std::string(1U << 20, 'x')).status == 0); }

TEST_CASE("the deadline is that of the whole run, whatever the program prints") {
  for (const char* script : {"sleep 60", "while true; do echo x; sleep 0.01; done", "while true; do echo x >&2; sleep 0.01; done",
                             "exec >&-; while true; do echo x >&2; sleep 0.01; done"}) {
    CAPTURE(script);
    CHECK(run(script, {.deadline = milliseconds(300)}).late);
  }
}

TEST_CASE("a program that is stopped takes its whole process group with it, also children that ignore SIGTERM") {
  const hf::testing::TempDirectory folder;
  const fs::path file = folder.path() / "pid";
  const std::string script = "sh -c 'trap \"\" TERM; echo $$ > " + file.string() + "; while true; do sleep 1; done' & wait";
  SUBCASE("at its deadline") {
    CHECK(run(script, {.deadline = milliseconds(500)}).late);
    CHECK(ends(pid_in(file)));
  }
  SUBCASE("on cancel") {
    std::stop_source stop;
    hf::Context context;
    context.stop = stop.get_token();
    std::jthread canceller([&] {
      pid_in(file);
      stop.request_stop();
    });
    try {
      hf::run_bounded({.argv = {"/bin/sh", "-c", script}}, {}, {}, context);
      FAIL("it was not cancelled");
    } catch (const hf::Error& error) {
      CHECK(error.code() == hf::ErrorCode::cancelled);
    }
    CHECK(ends(pid_in(file)));
  }
}
