// Bringing back a removed backup while collectors free it: G3 of docs/format-packed.md.

#include <doctest/doctest.h>

#include "support/packed_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

struct Dead {};

/// A backup that was removed longer ago than the grace period, and a later one that names it as an earlier one.
struct RemovedOne {
  RemovedOne() {
    id = repo.backup({{"a", "removed"}});
    later = repo.backup({{"b", "later"}});
    repo.layout->remove(id, repo.context);
    repo.clock.advance(std::chrono::hours(25));
  }

  Layout& process() {
    return *processes.emplace_back(std::make_unique<PackedLayout>(PackedPlace::open(repo.storage, read_format(*repo.storage), repo.key)));
  }
  void collect() { process().collect_garbage({}, repo.context); }
  /// Returns whether it succeeded; false for a conflict.
  bool bring_back() {
    try {
      process().undo_remove(id, repo.context);
      return true;
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::conflict);
      return false;
    }
  }

  std::string removal() const { return "removed/" + id; }
  std::string final_object() const { return removal() + ".final"; }
  bool is_listed() {
    const std::vector<BackupId> ids = repo.ids();
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  }
  /// Checks that it is whole, or missing with its removal recorded, now and after everything that remains was
  /// collected.
  void check(bool must_be_there) {
    for (int run = 0; run < 4; ++run) {
      if (must_be_there) CHECK(is_listed());
      if (is_listed()) CHECK(to_text(repo.faults(id)) == "");
      CHECK(to_text(repo.faults(later)) == "");
      CHECK(to_text(repo.common_faults()) == "");
      repo.collect();
    }
    if (must_be_there) CHECK(repo.count(final_object()) == 0);
  }

  PackedRepository repo;
  std::vector<std::unique_ptr<Layout>> processes;
  BackupId id, later;
};

// Runs `first`, and at its stop number `stop` runs `second`. Returns false if there is no such stop.
bool with_a_stop(RemovedOne& world, std::uint64_t stop, const std::function<void()>& first, const std::function<void()>& second) {
  bool stopped = false;
  world.repo.storage->set_hook([&](const HookedStorage::Step&) {
    if (stopped || stop-- != 0) return;
    stopped = true;
    second();
  });
  first();
  world.repo.storage->set_hook({});
  return stopped;
}

}  // namespace

TEST_CASE("a backup that is reported as brought back stays, at any moment of a collection, and the other way round") {
  for (const bool undo_first : {true, false}) {
    std::uint64_t stop = 0, back = 0;
    for (bool stopped = true; stopped; ++stop) {
      CAPTURE(stop);
      RemovedOne world;
      bool done = false;
      const auto undo = [&] { done = world.bring_back(); };
      const auto collect = [&] { world.collect(); };
      stopped = undo_first ? with_a_stop(world, stop, undo, collect) : with_a_stop(world, stop, collect, undo);
      back += done ? 1 : 0;
      world.check(done);
    }
    MESSAGE(std::string(undo_first ? "a bringing back: " : "a collection: ")
            << stop - 1 << " stops, brought back at " << back << " of them");
    CHECK(back > 1);
    CHECK(back < stop);
  }
}

TEST_CASE("a backup is not reported as brought back while a collector that saw its removal is paused, whatever another collector does") {
  RemovedOne world;
  enum class Scene { undo, first_collector, second_collector } scene = Scene::undo;
  bool dead = false;
  world.repo.storage->set_hook([&](const HookedStorage::Step& step) {
    const bool before = step.when == HookedStorage::When::before;
    if (scene == Scene::undo && step.operation == "put" && step.object.starts_with(world.removal() + ".back-")) {
      scene = before ? Scene::first_collector : Scene::second_collector;
      if (before)
        CHECK_THROWS_AS(world.collect(), Dead);
      else
        world.collect();
      scene = Scene::undo;
    } else if (scene == Scene::first_collector) {
      // It puts `.final`, sees the removal, and pauses as if dead until it removes the backup below.
      const bool looks = !before && step.operation == "list" && step.object == world.removal();
      dead = dead || (looks && world.repo.count(world.final_object()) == 1);
      if (dead) throw Dead{};
    }
  });
  CHECK(!world.bring_back());
  world.repo.storage->set_hook({});
  CHECK(dead);
  CHECK(world.repo.count(world.final_object()) == 1);
  world.repo.erase("backups/" + world.id);
  world.check(false);
  CHECK(!world.is_listed());
}

TEST_CASE("a process that pauses for an hour while bringing a backup back does not report success") {
  RemovedOne world;
  world.repo.storage->set_hook([&](const HookedStorage::Step& step) {
    if (step.operation == "remove" && step.when == HookedStorage::When::before) world.repo.clock.advance(std::chrono::hours(2));
  });
  CHECK(!world.bring_back());
}
