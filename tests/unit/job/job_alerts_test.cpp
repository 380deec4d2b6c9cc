// Alerts that are told between the runs of a job: each change once, and nothing that is not so.
#include "job/job_alerts.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "holdfast/host.hpp"
#include "holdfast/job_run.hpp"
#include "support/storage_double.hpp"
#include "support/temp_directory.hpp"

namespace hf = holdfast;
using std::chrono::hours;

namespace {

hf::JobAlerts late(hf::TimePoint due, hf::TimePoint now) {
  return {.alerts = {{.kind = hf::AlertKind::backup_overdue, .severity = hf::Severity::critical, .series = "shop", .since = due}},
          .now = now};
}

const hf::TimePoint kDue = hf::parse_time("2026-11-20T03:00:00Z"), kLater = kDue + hours(2);

/// A job that is due at 3 o'clock, with a receiver that writes into a file.
struct Shop {
  hf::testing::TempDirectory folder;
  hf::test::StandingClock clock;
  hf::Context context;
  hf::JobHost host{.state = folder.path() / "state"};
  hf::JobFile file;

  Shop() {
    context.host.clock = &clock;
    const std::string root = folder.path();
    std::ofstream(root + "/receive") << "#!/bin/sh\ncat >> " << root << "/told\necho >> " << root << "/told\n";
    std::filesystem::permissions(root + "/receive", std::filesystem::perms::owner_all);
    hf::create_repository(hf::open_storage(root + "/main", {}, hf::IfMissing::create), {.encryption = hf::Encryption::none}, context);
    hf::create_repository(hf::open_storage(root + "/far", {}, hf::IfMissing::create), {.encryption = hf::Encryption::none}, context);
    file = hf::parse_job_file("version: 1\nrepositories:\n  main: {uri: " + root + "/main}\n  far: {uri: " + root +
                              "/far}\nchannels:\n  ops: {kind: command, options: {command: " + root +
                              "/receive}}\njobs:\n  shop:\n    repository: main\n    sources: [{uri: \"exec:echo goods\"}]\n"
                              "    copies: [far]\n    copy_retention: {far: {keep_last: 1}}\n"
                              "    schedule: {at: \"0 3 * * *\"}\n    notifications: [{channel: ops, events: [overdue, recovered]}]\n");
  }

  std::vector<std::string> told() {
    std::vector<std::string> titles;
    for (const hf::Notice& notice : hf::tell_alerts(file, "shop", host, context)) titles.push_back(notice.title);
    return titles;
  }
  hf::JobReport run() { return hf::run_job(file, "shop", {}, host, context); }
  std::string received() const {
    std::ifstream in(folder.path() / "told");
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

using Titles = std::vector<std::string>;

}  // namespace

TEST_CASE("job alerts: what was due before this machine knew the job is not late") {
  hf::JobMemoryState state;
  CHECK(hf::worth_telling(late(kDue, kLater), state).empty());
  CHECK(state.known == kLater);
  state.known = kDue;
  CHECK(hf::worth_telling(late(kDue, kLater), state).size() == 1);
  hf::JobMemoryState older{.started = kDue - hours(24)};  // of a version that did not keep it
  CHECK(hf::worth_telling(late(kDue, kLater), older).size() == 1);
}

TEST_CASE("job alerts: a run that goes on is not overdue until the next one is") {
  hf::JobMemoryState state{.known = kDue - hours(48), .started = kDue + hours(1)};
  hf::JobAlerts found = late(kDue, kLater);
  found.running = true;
  CHECK(hf::worth_telling(found, state).empty());
  state.alerts = {"backup_overdue critical - shop"};  // it was told before the run began, and is not over
  CHECK(hf::worth_telling(found, state).size() == 1);
  state.alerts.clear();
  found = late(kDue + hours(24), kDue + hours(26));
  found.running = true;
  CHECK(hf::worth_telling(found, state).size() == 1);
}

TEST_CASE("job alerts: a job that never runs is told once, and its end once") {
  Shop shop;
  CHECK(shop.told() == Titles{});  // due 15 hours ago, but nobody knew it then
  shop.clock.advance(hours(10));   // an hour after the next time
  shop.clock.advance(std::chrono::minutes(1));
  CHECK(shop.told() == Titles{"backup overdue: shop"});
  CHECK(shop.told() == Titles{});
  CHECK(shop.received().find("\"event\":\"overdue\"") != std::string::npos);
  CHECK_FALSE(hf::last_start(shop.file, "shop", shop.host));
  CHECK(shop.run().state == hf::StepState::warnings);  // the repository is not encrypted
  CHECK(shop.told() == Titles{});                      // its end was told by the run
  CHECK(shop.received().find("backup overdue: shop is over") != std::string::npos);
  CHECK(hf::last_start(shop.file, "shop", shop.host) == shop.clock.now());
}

TEST_CASE("job alerts: a change is told once, also if a receiver is down") {
  Shop shop;
  shop.told();
  std::ofstream(shop.folder.path().string() + "/receive") << "#!/bin/sh\nexit 1\n";
  shop.clock.advance(hours(11));
  const std::uint64_t before = shop.context.warnings();
  CHECK(shop.told() == Titles{"backup overdue: shop"});
  CHECK(shop.context.warnings() > before);
  CHECK(shop.told() == Titles{});
  hf::Notifier notifier = hf::job_notifier(shop.file, shop.host, shop.context);
  CHECK(notifier.status(shop.context).channels.at(0).waiting == 1);
}

TEST_CASE("job: each copy is expired by its own policy, and only after the new backup is there") {
  Shop shop;
  for (int run = 0; run < 3; ++run) {
    shop.clock.advance(hours(24));
    const hf::JobReport report = shop.run();
    REQUIRE(report.state == hf::StepState::warnings);
    const auto expire = std::ranges::find(report.steps, "expire", &hf::JobStepReport::step);
    REQUIRE(expire != report.steps.end());
    CHECK(expire->subject == "far");
    CHECK(expire->counts.of("removed") == (run == 0 ? 0 : 1));
  }
  const auto count = [&](const char* name) {
    return hf::open_repository(hf::open_storage((shop.folder.path() / name).string()), {}, shop.context).list(shop.context).size();
  };
  CHECK(count("main") == 3);  // it has no retention
  CHECK(count("far") == 1);
}
