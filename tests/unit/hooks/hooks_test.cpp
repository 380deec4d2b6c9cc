#include "holdfast/hooks.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "holdfast/error.hpp"
#include "support/temp_directory.hpp"

namespace fs = std::filesystem;
namespace hf = holdfast;

namespace {

hf::Hook hook(const std::string& name, const std::string& script, hf::HookMoment moment = hf::HookMoment::before) {
  return {.name = name, .moment = moment, .argv = {"/bin/sh", "-c", script}};
}

hf::OperationRecord record_of(hf::Outcome outcome) {
  hf::OperationRecord record;
  record.operation = "backup";
  record.repository = "file:///var/backups";
  record.sources = {"postgresql:///shop", "dir:///srv/$(touch pwned)\n`id`"};
  record.outcome = outcome;
  record.message = outcome == hf::Outcome::failed ? "can't read; rm -rf / \"$HOME\"" : "";
  record.counts["rows"] = 7;
  return record;
}

std::vector<std::string> states(const hf::HookReport& report) {
  std::vector<std::string> all;
  for (const hf::HookResult& result : report.results) all.push_back(result.hook + ":" + std::string(to_string(result.state)));
  return all;
}

struct Warnings final : hf::EventSink {
  std::vector<std::string> texts;
  void on_event(const hf::Event& event) noexcept override {
    if (event.kind == hf::EventKind::warning) texts.push_back(event.message);
  }
};

}  // namespace

TEST_CASE("a before-hook that fails forbids the operation, by name, and no further hook runs") {
  hf::Context context;
  Warnings warnings;
  context.events = &warnings;
  const auto report = run_hooks({hook("ready", "exit 0"), hook("gate", "echo closed >&2; exit 9"), hook("later", "exit 0")},
                                hf::HookMoment::before, record_of(hf::Outcome::running), context);
  CHECK(states(report) == std::vector<std::string>{"ready:succeeded", "gate:failed"});
  CHECK(report.results[1].status == 9);
  CHECK(report.veto() == "hook gate: /bin/sh ended with status 9: closed");
  CHECK(warnings.texts == std::vector<std::string>{report.veto()});
}

TEST_CASE("a before-hook without a veto only warns") {
  hf::Context context;
  hf::Hook harmless = hook("harmless", "exit 1");
  harmless.veto = false;
  const auto report = run_hooks({harmless, hook("next", "exit 0")}, hf::HookMoment::before, record_of(hf::Outcome::running), context);
  CHECK(states(report) == std::vector<std::string>{"harmless:failed", "next:succeeded"});
  CHECK(report.veto().empty());
}

TEST_CASE("after-hooks run after the outcomes that they name, and one that fails does not stop the others") {
  hf::Context context;
  std::vector<hf::Hook> hooks;
  for (const auto on : {hf::HookOn::always, hf::HookOn::success, hf::HookOn::failure}) {
    hooks.push_back(hook(std::to_string(static_cast<int>(on)), "exit 1", hf::HookMoment::after));
    hooks.back().on = on;
  }
  hooks.push_back(hook("before", "exit 1"));
  const auto ran = [&](hf::Outcome outcome) { return states(run_hooks(hooks, hf::HookMoment::after, record_of(outcome), context)); };
  const std::vector<std::string> well = {"0:failed", "1:failed"}, badly = {"0:failed", "2:failed"};
  CHECK(ran(hf::Outcome::succeeded) == well);
  CHECK(ran(hf::Outcome::warnings) == well);
  CHECK(ran(hf::Outcome::failed) == badly);
  CHECK(ran(hf::Outcome::faults) == badly);
  CHECK(ran(hf::Outcome::cancelled) == badly);
}

TEST_CASE("a hook sees the operation in the variables that it declares and as JSON, and nothing of it is run") {
  const hf::testing::TempDirectory folder;
  hf::Context context;
  hf::Hook after =
      hook("tell", "cat > input; printf '%s' \"$WHAT\" > what; printf '%s' \"${HOLDFAST_SECRET-unset}\" > other", hf::HookMoment::after);
  after.argv[2] = "cd " + folder.path().string() + "; " + after.argv[2];
  after.variables = {{"WHAT", "{{operation}} {{outcome}}: {{message}} {{sources}} {{count.rows}} {{count.none}}"}};
  ::setenv("HOLDFAST_SECRET", "x", 1);
  const auto report = run_hooks({after}, hf::HookMoment::after, record_of(hf::Outcome::failed), context);
  ::unsetenv("HOLDFAST_SECRET");
  REQUIRE(report.results.at(0).why == "");
  const auto content = [&](const char* name) {
    std::ifstream file(folder.path() / name);
    return std::string((std::istreambuf_iterator<char>(file)), {});
  };
  CHECK(content("what") == "backup failed: can't read; rm -rf / \"$HOME\" postgresql:///shop\ndir:///srv/$(touch pwned) `id` 7 ");
  CHECK(content("other") == "unset");
  const auto json = nlohmann::json::parse(content("input"));
  CHECK(json["hook"] == "tell");
  CHECK(json["moment"] == "after");
  CHECK(json["operation"]["outcome"] == "failed");
  CHECK(json["operation"]["sources"][1] == "dir:///srv/$(touch pwned)\n`id`");
  CHECK(!fs::exists(folder.path() / "pwned"));
}

TEST_CASE("a hook that can't start or is late is named, and forbids the operation as well") {
  hf::Context context;
  const auto outcome = [&](const hf::Hook& one) {
    const auto report = run_hooks({one}, hf::HookMoment::before, record_of(hf::Outcome::running), context);
    CHECK(report.veto().find("hook " + one.name) == 0);
    return report.results.at(0).state;
  };
  hf::Hook missing = hook("missing", "");
  missing.argv = {"no-such-program-here"};
  CHECK(outcome(missing) == hf::HookState::not_started);
  missing.argv = {"/etc/passwd"};
  CHECK(outcome(missing) == hf::HookState::not_started);
  hf::Hook slow = hook("slow", "echo begun; sleep 60");
  slow.deadline = std::chrono::seconds(1);
  CHECK(outcome(slow) == hf::HookState::late);
}

TEST_CASE("a result keeps a bounded part of the output") {
  hf::Context context;
  hf::Hook noisy = hook("noisy", "head -c 100000 /dev/zero | tr '\\0' x");
  noisy.most_output = 100;
  const auto report = run_hooks({noisy}, hf::HookMoment::before, record_of(hf::Outcome::running), context);
  CHECK(report.results.at(0).output == std::string(100, 'x'));
  CHECK(report.results.at(0).output_cut);
  CHECK(nlohmann::json::parse(to_json(report))[0]["output_cut"] == true);
}

TEST_CASE("cancel ends a running hook") {
  std::stop_source stop;
  hf::Context context;
  context.stop = stop.get_token();
  std::jthread canceller([&] { stop.request_stop(); });
  CHECK_THROWS_AS(run_hooks({hook("slow", "sleep 60")}, hf::HookMoment::before, record_of(hf::Outcome::running), context), hf::Error);
}

TEST_CASE("hooks are made of options, and a wrong one is refused") {
  const hf::Hook parsed = hf::parse_hook("dump", {{"command", "mail -s 'the end' ops"},
                                                  {"moment", "after"},
                                                  {"on", "failure"},
                                                  {"deadline", "90s"},
                                                  {"container", "docker:postgres@db"},
                                                  {"variables", R"(["WHY={{message}}", "A=b=c"])"}});
  CHECK(parsed.argv == std::vector<std::string>{"mail", "-s", "the end", "ops"});
  CHECK(parsed.on == hf::HookOn::failure);
  CHECK(parsed.deadline == std::chrono::seconds(90));
  CHECK(parsed.container == "docker:postgres@db");
  CHECK(parsed.variables.at(1) == std::pair<std::string, std::string>{"A", "b=c"});
  const std::vector<hf::Options> wrong = {{},
                                          {{"command", "true"}, {"colour", "red"}},
                                          {{"command", "true"}, {"deadline", "0s"}},
                                          {{"command", "true | false"}},
                                          {{"command", "true"}, {"container", "db"}},
                                          {{"command", "true"}, {"engine_socket", "/run/docker.sock"}},
                                          {{"command", "true"}, {"on", "failure"}},
                                          {{"command", "true"}, {"variables", R"(["A"])"}},
                                          {{"command", "true"}, {"variables", R"(["1A=x"])"}},
                                          {{"command", "true"}, {"variables", R"(["A={{nothing}}"])"}}};
  for (const hf::Options& options : wrong) CHECK_THROWS_WITH_AS(hf::parse_hook("dump", options), doctest::Contains("hook dump"), hf::Error);
}
