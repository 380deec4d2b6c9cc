#include "base/subprocess.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>

#include "holdfast/error.hpp"

namespace hf = holdfast;

namespace {

hf::Command shell(const std::string& script) { return {.argv = {"/bin/sh", "-c", script}}; }

}  // namespace

TEST_CASE("a command's output, errors and exit status are returned separately") {
  hf::Context context;
  const auto result = hf::run_command(shell("echo out; echo err >&2; exit 7"), context);
  CHECK(result.status == 7);
  CHECK(result.output == "out\n");
  CHECK(result.errors == "err");
}

TEST_CASE("the beginning and the end of long errors are kept") {
  hf::Context context;
  const auto result = hf::run_command(shell("echo first >&2; head -c 200000 /dev/zero | tr '\\0' x >&2; echo last >&2; exit 1"), context);
  CHECK(result.errors.starts_with("first\n"));
  CHECK(result.errors.ends_with("xlast"));
  CHECK(result.errors.size() < 5000);
}

TEST_CASE("a variable that is given twice has the value given last") {
  hf::Context context;
  hf::Command command = shell("env | grep ^HF_TWICE=");
  command.environment = {{"HF_TWICE", ""}, {"HF_TWICE", "last"}};
  CHECK(hf::run_command(command, context).output == "HF_TWICE=last\n");
}

TEST_CASE("a child inherits the variables that are named, and no others") {
  hf::Context context;
  ::setenv("HF_CANARY", "secret", 1);
  ::setenv("HF_FAMILY_ONE", "1", 1);
  hf::Command command = shell("env");
  CHECK(hf::run_command(command, context).output.find("HF_") == std::string::npos);
  command.pass = {"HF_FAMILY_*"};
  CHECK(hf::run_command(command, context).output.find("HF_FAMILY_ONE=1") != std::string::npos);
  CHECK(hf::run_command(command, context).output.find("secret") == std::string::npos);
  command.pass = {"HF_CANARY"};
  CHECK(hf::run_command(command, context).output.find("HF_CANARY=secret") != std::string::npos);
  command.pass = {};
  CHECK(hf::run_command(command, context).output.find("HOME=") == std::string::npos);
  ::unsetenv("HF_CANARY");
  ::unsetenv("HF_FAMILY_ONE");
}

TEST_CASE("an error names a variable that a child should inherit but that is not set") {
  CHECK_THROWS_WITH_AS(hf::require_variables({"PATH", "HF_NOT_SET"}), "can't pass the variable HF_NOT_SET to a program: it is not set",
                       hf::Error);
}

TEST_CASE("a signal counts as 128 + its number") {
  hf::Context context;
  CHECK(hf::run_command(shell("kill -9 $$"), context).status == 128 + SIGKILL);
}

TEST_CASE("a program that does not exist is named") {
  CHECK_THROWS_WITH_AS(hf::Subprocess({.argv = {"/no/such/program"}}), "can't start /no/such/program: No such file or directory",
                       hf::Error);
  CHECK(hf::find_program("no-such-program-anywhere", hf::Context()).empty());
}

TEST_CASE("a program that answers while it reads its input does not block us") {
  hf::Context context;
  const std::string input(3 << 20, 'x');
  const auto result = hf::run_command({.argv = {"/bin/cat"}}, context, input);
  CHECK(result.output == input);
}

TEST_CASE("a program that stops reading does not kill us") {
  hf::Context context;
  const auto result = hf::run_command(shell("exec 0<&-; sleep 0.1; exit 3"), context, std::string(1 << 20, 'x'));
  CHECK(result.status == 3);
}

TEST_CASE("cancel ends a waiting program within a second") {
  hf::Context context;
  std::stop_source stop;
  context.stop = stop.get_token();
  hf::Subprocess process(shell("sleep 60 & wait"));
  stop.request_stop();
  hf::Bytes buffer(10);
  CHECK_THROWS_AS(process.read(buffer, context), hf::Error);
}

TEST_CASE("silence longer than the stall timeout is an error") {
  hf::Context context;
  context.limits.stall_timeout = std::chrono::seconds(1);
  hf::Subprocess process(shell("sleep 60"));
  hf::Bytes buffer(10);
  CHECK_THROWS_WITH_AS(process.read(buffer, context), "sh was silent for 1 s", hf::Error);
}

TEST_CASE("bytes that fit into the pipe but were never read are detected") {
  hf::Context context;
  hf::Subprocess reads({.argv = {"/bin/cat"}});
  CHECK(reads.write(hf::as_bytes("abc"), context));
  CHECK(reads.finish_input(context));
  hf::Subprocess ignores(shell("sleep 0.05"));
  CHECK(ignores.write(hf::as_bytes("abc"), context));
  CHECK(!ignores.finish_input(context));
  CHECK(ignores.wait(context) == 0);
}

TEST_CASE("a program that ends as soon as it has read everything has received it all") {
  hf::Context context;
  const std::string input(5000, 'x');
  for (int run = 0; run < 200; ++run) {  // it may end at any moment during the check
    CAPTURE(run);
    hf::Subprocess process({.argv = {"/usr/bin/head", "-c", "5000"}, .discard_output = true});
    CHECK(process.write(hf::as_bytes(input), context));
    CHECK(process.finish_input(context));
  }
}

TEST_CASE("a program's end counts even while a grandchild holds its standard error") {
  hf::Context context;
  CHECK(hf::run_command(shell("sleep 30 >/dev/null & echo told >&2; exit 4"), context).status == 4);
}
