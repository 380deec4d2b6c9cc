// Races that lost data in other tools, with the name of the tool and of its issue, and some more. On every layout, one
// process pauses at each of its storage operations in turn, for no time or for days, while another runs to its end.
#include <doctest/doctest.h>

#include "storage/decorators/faulty.hpp"
#include "support/interleave.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

const Contents kKept{{"a", "earlier"}, {"b", "shared"}}, kOther{{"b", "shared"}, {"c", "other"}}, kNew{{"b", "shared"}, {"d", "next"}};

/// A repository with two backups, one of which will be removed.
struct RacedWorld : RacingRepository {
  explicit RacedWorld(const LayoutKit& its_kit) : RacingRepository(its_kit) {
    kept = backup(kKept);
    other = backup(kOther);
  }
  void expire_other() {
    remove(other);
    expected.erase(other);
  }
  /// Makes a backup that may fail because its writer was silent for too long.
  void backup_or_conflict(const Contents& contents) {
    try {
      backup(contents);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::conflict);
      failed = true;
    }
  }
  BackupId kept, other;
  bool failed = false;
};

}  // namespace

TEST_CASE("rustic #144: a writer that pauses for days while everything else is removed and collected commits no backup with holes") {
  for (const LayoutKit& kit : layout_kits()) {
    bool some_failed = false;
    for_each_stop(
        kit.name + ": a suspended writer and an expiry of all", [&] { return std::make_unique<RacedWorld>(kit); },
        [](RacedWorld& world) { world.backup_or_conflict(kNew); },
        [](RacedWorld& world) {
          world.clock.advance(kOverADay);
          world.remove(world.kept);
          world.expected.erase(world.kept);
          world.expire_other();
          world.collect_for_days();
        },
        [&](RacedWorld& world) {
          some_failed = some_failed || world.failed;
          world.check();
        });
    CHECK(some_failed);
  }
}

TEST_CASE("kopia df38aeb32: objects that a slow writer stored long ago exist when it commits, however often others collect") {
  for (const LayoutKit& kit : layout_kits()) {
    CAPTURE(kit.name);
    RacedWorld world(kit);
    const auto session = world.process().begin({.compression = "none"}, world.context);
    BackupWriter& writer = session->add_source({.record = {.uri = "test:shop", .driver = "test", .name = "shop"}});
    const auto first = writer.open({.name = "first"});
    first->write(as_bytes("long ago"));
    first->commit();
    world.expire_other();
    const auto slow = writer.open({.name = "slow"});
    for (int hour = 0; hour < 60; ++hour) {
      world.clock.advance(std::chrono::hours(1));
      slow->write(as_bytes("x"));
      world.collect();
    }
    slow->commit();
    world.expected[session->id()] = {{"first", "long ago"}, {"slow", std::string(60, 'x')}};
    session->commit();
    world.check();
  }
}

TEST_CASE("pgBackRest aa0e21501: an expiry at any moment of another process's backup does not damage it") {
  for (const LayoutKit& kit : layout_kits()) {
    for_each_stop(
        kit.name + ": a writer and an expiry", [&] { return std::make_unique<RacedWorld>(kit); },
        [](RacedWorld& world) { world.backup(kNew); },
        [](RacedWorld& world) {
          world.expire_other();
          world.collect();
        },
        [](RacedWorld& world) { world.check(); });
  }
}

TEST_CASE("a backup made at any moment of another process's expiry is not damaged, even if the expiry resumes days later") {
  for (const LayoutKit& kit : layout_kits()) {
    for (const bool days : {false, true}) {
      for_each_stop(
          kit.name + (days ? ": a suspended expiry and a writer" : ": an expiry and a writer"),
          [&] { return std::make_unique<RacedWorld>(kit); },
          [](RacedWorld& world) {
            world.expire_other();
            world.collect_for_days();
          },
          [days](RacedWorld& world) {
            world.backup(kNew);
            if (days) world.clock.advance(3 * kOverADay);
          },
          [](RacedWorld& world) { world.check(); });
    }
  }
}

TEST_CASE("two concurrent collectors, one of them suspended anywhere, remove nothing that is needed") {
  for (const LayoutKit& kit : layout_kits()) {
    for_each_stop(
        kit.name + ": two collectors",
        [&] {
          auto world = std::make_unique<RacedWorld>(kit);
          world->expire_other();
          world->clock.advance(kOverADay);
          return world;
        },
        [](RacedWorld& world) {
          try {
            world.collect_for_days();
          } catch (const Error& error) {  // it paused so long that the other removed its records
            CHECK(error.code() == ErrorCode::conflict);
          }
        },
        [](RacedWorld& world) {
          world.collect_for_days();
          world.backup(kNew);
        },
        [](RacedWorld& world) { world.check(); });
  }
}

TEST_CASE("restic 0.16.3: a collector whose listing fails anywhere removes nothing that is needed and reports the failure") {
  for (const LayoutKit& kit : layout_kits()) {
    CAPTURE(kit.name);
    for (std::uint64_t nth = 1, failed = 1; failed != 0; ++nth) {
      CAPTURE(nth);
      RacedWorld world(kit);
      world.expire_other();
      const auto writer = world.process().begin({.compression = "none"}, world.context);  // so that there is an object
      bool opened = false;
      std::uint64_t lists = 0;
      const auto broken = faulty_storage(world.storage, {.rules = {}, .on_step = [&](const StorageStep& step) {
                                                           if (!opened || step.operation != StorageOperation::list || step.after) return;
                                                           if (++lists == nth) throw Error(ErrorCode::network, "the network is gone");
                                                         }});
      const auto collector = kit.open(broken, world.context);
      opened = true;
      failed = 0;
      for (int run = 0; run < kit.collections; ++run) {
        world.clock.advance(kOverADay);
        try {
          kit.collect(*collector, world.context);
        } catch (const Error& error) {
          CHECK(error.code() == ErrorCode::network);
          ++failed;
        }
      }
      CHECK(failed <= 1);
      world.check();
      if (nth == 1) CHECK(failed == 1);
    }
  }
}

TEST_CASE("restic's lost locks: a writer whose session records are removed never commits a backup with holes") {
  for (const LayoutKit& kit : layout_kits()) {
    bool some_failed = false;
    for_each_stop(
        kit.name + ": a lost session and an expiry of all", [&] { return std::make_unique<RacedWorld>(kit); },
        [](RacedWorld& world) { world.backup_or_conflict(kNew); },
        [](RacedWorld& world) {
          for (const std::string& object : object_names(*world.storage)) {
            if (object.starts_with("sessions/")) world.storage->erase(object);
          }
          world.remove(world.kept);
          world.expected.erase(world.kept);
          world.expire_other();
          world.collect_for_days();
        },
        [&](RacedWorld& world) {
          some_failed = some_failed || world.failed;
          world.check();
        });
    CHECK(some_failed);
  }
}

TEST_CASE("Duplicacy's seven days: a process that was idle for weeks makes a whole backup at any moment of a collection") {
  struct Idle : RacedWorld {
    explicit Idle(const LayoutKit& its_kit) : RacedWorld(its_kit), client(process()) {
      CHECK(faults(client, other, VerifyLevel::full, context) == "");  // now it knows the places of all chunks
      expire_other();
      clock.advance(std::chrono::days(15));
    }
    Layout& client;
  };
  for (const LayoutKit& kit : layout_kits()) {
    for_each_stop(
        kit.name + ": an idle client and a collector", [&] { return std::make_unique<Idle>(kit); },
        [](Idle& world) { world.collect_for_days(); },
        [](Idle& world) {
          const BackupId id = make_backup(world.client, kOther, world.context).id;
          world.expected[id] = kOther;
        },
        [](Idle& world) { world.check(); });
  }
}
