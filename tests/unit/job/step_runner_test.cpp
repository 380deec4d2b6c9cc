#include "job/step_runner.hpp"

#include <doctest/doctest.h>

#include <set>

#include "holdfast/error.hpp"
#include "job/job_steps.hpp"

namespace hf = holdfast;

namespace {

constexpr const char* kFile =
    "version: 1\nstate: /nowhere\nrepositories:\n  main:\n    uri: /nowhere/main\n  far:\n    uri: /nowhere/far\n"
    "channels:\n  ops:\n    kind: command\n    options:\n      command: cat\n"
    "jobs:\n  shop:\n    repository: main\n    copies: [far]\n    sources:\n      - uri: dir:///srv\n"
    "    retention:\n      keep_last: 1\n    verification:\n      - level: full\n      - level: restore\n        schedule:\n          at: "
    "'@daily'\n"
    "    hooks:\n      before:\n        - run: [cat]\n      after:\n        - run: [cat]\n    notifications:\n      - channel: ops\n";

/// The steps of a job that has all of them; the work of each is to succeed, until a test changes it.
struct Whole {
  hf::JobFile file = [] {
    std::vector<hf::JobFault> faults;
    hf::JobFile read = hf::parse_job_file(kFile, faults);
    REQUIRE(faults.empty());
    return read;
  }();
  hf::JobHost host;
  hf::Context context, ending;
  std::stop_source stop;
  hf::OpenedJob opened{file, file.jobs[0], host, context};
  hf::JobReport report{.started = context.now()};
  hf::JobMemoryState remembered;
  std::unique_ptr<hf::JobSteps> made;
  std::vector<hf::JobStep> steps;

  explicit Whole(hf::JobRunOptions options = {}) {
    context.stop = stop.get_token();
    made = hf::make_steps(options, {opened, opened, report, nullptr, remembered});
    steps = made->steps();
    for (hf::JobStep& step : steps) step.work = [](hf::JobStepReport&, hf::Context&) {};
  }

  std::string name(std::size_t index) const { return steps[index].step + (steps[index].subject.empty() ? "" : " " + steps[index].subject); }

  /// Returns the states that are not `succeeded`, by the steps' names.
  std::map<std::string, hf::StepState> run() {
    report.steps.clear();
    hf::run_steps(steps, report.steps, context, ending);
    std::map<std::string, hf::StepState> states;
    for (std::size_t index = 0; index < steps.size(); ++index)
      if (report.steps.at(index).state != hf::StepState::succeeded) states[name(index)] = report.steps[index].state;
    return states;
  }
};

using StepNames = std::set<std::string>;

/// What is skipped if a step fails.
const std::map<std::string, StepNames>& skipped_after() {
  static const std::map<std::string, StepNames> kSkipped = {
      {"preflight", {"before", "backup", "verify full", "verify restore", "expire", "gc", "copy far"}},
      {"before", {"backup", "verify full", "verify restore", "expire", "gc", "copy far"}},
      {"backup", {"verify full", "verify restore", "expire", "gc", "copy far"}},
      {"verify full", {"expire", "gc"}},
      {"verify restore", {"expire", "gc"}},
      {"expire", {"gc"}},
      {"gc", {}},
      {"copy far", {}},
      {"after", {}},
      {"notify", {}},
      {"record", {}},
  };
  return kSkipped;
}

}  // namespace

TEST_CASE("job: a step that fails stops what depends on it, and nothing else") {
  Whole whole;
  StepNames names;
  for (std::size_t index = 0; index < whole.steps.size(); ++index) names.insert(whole.name(index));
  StepNames known;
  for (const auto& [name, skipped] : skipped_after()) known.insert(name);
  CHECK(names == known);
  CHECK(whole.run().empty());

  for (std::size_t failing = 0; failing < whole.steps.size(); ++failing) {
    const std::string name = whole.name(failing);
    CAPTURE(name);
    const auto works = whole.steps[failing].work;
    whole.steps[failing].work = [](hf::JobStepReport&, hf::Context&) { throw hf::Error(hf::ErrorCode::io, "the disk is gone"); };
    std::map<std::string, hf::StepState> expected{{name, hf::StepState::failed}};
    for (const std::string& skipped : skipped_after().at(name)) expected[skipped] = hf::StepState::skipped;
    CHECK(whole.run() == expected);
    CHECK(whole.report.steps[failing].error == hf::ErrorCode::io);
    const hf::StepsOutcome outcome = hf::outcome_of(whole.steps, whole.report.steps);
    const bool only_warns = name == "notify" || name == "record";
    CHECK(outcome.state == (only_warns ? hf::StepState::warnings : hf::StepState::failed));
    CHECK(outcome.message == name + ": the disk is gone");
    for (const hf::JobStepReport& step : whole.report.steps)
      if (step.state == hf::StepState::skipped) CHECK(!step.message.empty());
    whole.steps[failing].work = works;
  }
}

TEST_CASE("job: faults of a verification keep the backups that were there before") {
  Whole whole;
  for (std::size_t index = 0; index < whole.steps.size(); ++index)
    if (whole.name(index) == "verify full")
      whole.steps[index].work = [](hf::JobStepReport& report, hf::Context&) { report.state = hf::StepState::faults; };
  CHECK(whole.run() == std::map<std::string, hf::StepState>{
                           {"verify full", hf::StepState::faults}, {"expire", hf::StepState::skipped}, {"gc", hf::StepState::skipped}});
  CHECK(hf::outcome_of(whole.steps, whole.report.steps).state == hf::StepState::faults);
}

TEST_CASE("job: a cancel ends the run, and after-hooks, notifications and the record still run") {
  Whole whole;
  bool after_can_wait = false;
  for (std::size_t index = 0; index < whole.steps.size(); ++index) {
    if (whole.steps[index].step == "backup")
      whole.steps[index].work = [&](hf::JobStepReport&, hf::Context& context) {
        whole.stop.request_stop();
        context.check();
      };
    if (whole.steps[index].step == "after")
      whole.steps[index].work = [&](hf::JobStepReport&, hf::Context& context) { after_can_wait = !context.cancelled(); };
  }
  const auto states = whole.run();
  CHECK(states.at("backup") == hf::StepState::cancelled);
  CHECK(states.at("copy far") == hf::StepState::skipped);
  for (const char* const name : {"preflight", "before", "after", "notify", "record"}) CHECK(!states.contains(name));
  CHECK(after_can_wait);
  CHECK(hf::outcome_of(whole.steps, whole.report.steps).state == hf::StepState::cancelled);
}

TEST_CASE("job: anything that a host's code throws is the step's failure") {
  Whole whole;
  whole.steps[0].work = [](hf::JobStepReport&, hf::Context&) { throw 7; };
  CHECK(whole.run().at("preflight") == hf::StepState::failed);
  CHECK(whole.report.steps[0].error == hf::ErrorCode::internal);
}

TEST_CASE("job: a verification with a schedule runs once for each time that it was due") {
  Whole whole;
  const hf::JobVerification& verification = whole.file.jobs[0].verifications[1];
  hf::JobMemoryState remembered;
  const hf::TimePoint noon = hf::parse_time("2026-11-20T12:00:00Z");
  CHECK(hf::is_due(verification, remembered, noon));  // it never ran
  remembered.verified[hf::name_of(verification)] = noon;
  CHECK(!hf::is_due(verification, remembered, noon + std::chrono::hours(11)));
  CHECK(hf::is_due(verification, remembered, noon + std::chrono::hours(12)));

  Whole only({.only_verification = true});
  CHECK(only.steps.at(0).subject == "restore");
  CHECK(only.steps.size() == 3);  // with notify and record
}
