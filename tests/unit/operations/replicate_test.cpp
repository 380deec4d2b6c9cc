// Replication: what a host hears of each copy, what a round returns, and how a stop ends it.

#include "holdfast/replication.hpp"

#include <doctest/doctest.h>

#include "support/opened_repository.hpp"
#include "support/packed_repository.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

struct Mirrors {
  OpenedRepository<PlainRepository> from;
  OpenedRepository<PackedRepository> to;
  std::vector<std::string> heard;
  std::stop_source stop;

  Mirrors() { to.repo.context.stop = stop.get_token(); }

  BackupId back_up(const std::string& text) {
    from.repo.clock.advance(std::chrono::hours(1));
    return holdfast::test::back_up(from.repository, from.repo.context, {{"a", text}});
  }
  ReplicationReport run(ReplicationOptions options = {}) {
    heard.clear();
    if (!options.on_begin) options.on_begin = [&](const BackupId& id) { heard.push_back("begin " + id); };
    if (!options.on_end)
      options.on_end = [&](const Replicated& one) { heard.push_back((one.error.empty() ? "end " : "failed ") + one.backup); };
    return replicate(from.repository, to.repository, options, to.repo.context);
  }
  void damage_source() {
    for (auto& [name, bytes] : from.repo.storage->objects()) {
      if (name.find("entries/") == std::string::npos) continue;
      Bytes changed = bytes;
      changed[50] ^= std::byte{1};
      from.repo.storage->set(name, std::move(changed));
    }
  }
};

}  // namespace

TEST_CASE("a replication copies what is missing, oldest first, and tells before and after each copy") {
  Mirrors rig;
  const BackupId first = rig.back_up("1"), second = rig.back_up("2");
  const ReplicationReport report = rig.run();
  CHECK(rig.heard == std::vector<std::string>{"begin " + first, "end " + first, "begin " + second, "end " + second});
  REQUIRE(report.copied.size() == 2);
  CHECK(report.copied[1].copy->time == rig.from.repository.find(second, rig.from.repo.context).time);
  CHECK(report.present == 0);
  CHECK(rig.run().present == 2);
  CHECK(rig.heard.empty());
}

TEST_CASE("a replication verifies each copy, also one that was there without a proof") {
  Mirrors rig;
  rig.back_up("1");
  const BackupId copied = rig.run().copied.at(0).copy->id;
  CHECK(rig.run({.verify = VerifyLevel::full}).present == 1);
  CHECK(rig.to.repository.find(copied, rig.to.repo.context).level == ProofLevel::checksummed);
}

TEST_CASE("a failed copy is in the report of its round, and is told once while rounds go on") {
  Mirrors rig;
  const BackupId id = rig.back_up("some text");
  rig.damage_source();
  std::vector<BackupId> failures;
  int rounds = 0;
  ReplicationOptions options{.every = std::chrono::seconds(1)};
  options.on_begin = [&](const BackupId&) {
    if (++rounds == 3) rig.stop.request_stop();
  };
  options.on_end = [&](const Replicated& one) { failures.push_back(one.backup); };
  const ReplicationReport report = rig.run(options);
  CHECK(failures == std::vector{id});
  REQUIRE(report.failed.size() == 1);
  CHECK(report.failed[0].backup == id);
  CHECK_FALSE(report.failed[0].error.empty());
  CHECK(rig.to.repository.list(rig.from.repo.context).empty());
}

TEST_CASE("a stop ends rounds without an error, and one round with one") {
  Mirrors rig;
  rig.back_up("1");
  rig.stop.request_stop();
  CHECK(rig.run({.every = std::chrono::seconds(1)}).copied.empty());
  CHECK(code_of([&] { rig.run(); }) == ErrorCode::cancelled);
  CHECK(code_of([&] { rig.run({.every = std::chrono::seconds(-1)}); }) == ErrorCode::invalid_argument);
}
