#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "support/layouts.hpp"
#include "support/storage_double.hpp"

namespace holdfast::test {

/// A repository that several processes use, and its expected content.
struct RacingRepository {
  explicit RacingRepository(const LayoutKit& its_kit) : kit(its_kit) {
    context.host.clock = &clock;
    context.limits.jobs = 1;
    kit.create(storage, context);
  }

  /// A process with empty memory; kept until the end.
  Layout& process() { return *processes_.emplace_back(kit.open(storage, context)); }

  BackupId backup(const Contents& contents) {
    clock.advance(std::chrono::seconds(1));
    const BackupId id = make_backup(process(), contents, context).id;
    expected[id] = contents;
    return id;
  }
  void remove(const BackupId& id) { process().remove(id, context); }
  void collect() { kit.collect(process(), context); }
  /// Collects with one process, until nothing should remain.
  void collect_for_days() {
    Layout& layout = process();
    for (int run = 0; run < kit.collections; ++run) {
      clock.advance(kOverADay);
      kit.collect(layout, context);
    }
  }

  /// Checks that exactly the expected content is there and complete, now and after everything else was collected, and
  /// that nothing remains then.
  void check() {
    check_backups();
    collect_for_days();
    check_backups();
    const std::set<BackupId> ids = listed(process(), context);
    CHECK(kit.leftover(object_names(*storage), ids) == "");
  }

  const LayoutKit& kit;
  StandingClock clock;
  Context context;
  std::shared_ptr<HookedStorage> storage = std::make_shared<HookedStorage>(clock);
  std::map<BackupId, Contents> expected;

 private:
  void check_backups() {
    const Layout& layout = process();
    std::set<BackupId> ids;
    for (const auto& [id, contents] : expected) ids.insert(id);
    CHECK(listed(layout, context) == ids);
    for (const auto& [id, contents] : expected) {
      CHECK(faults(layout, id, VerifyLevel::full, context) == "");
      CHECK(read_back(layout, id, context) == contents);
    }
    CHECK(common_faults(layout, context) == "");
  }

  std::vector<std::unique_ptr<Layout>> processes_;
};

/// Runs `first` on new worlds, each time pausing it at its next storage operation (before and after it) while `second`
/// runs to its end, until there is no next one. Runs `check` after each. Returns the number of stops, and prints it.
template <typename MakeWorld, typename First, typename Second, typename Check>
std::uint64_t for_each_stop(const std::string& what, const MakeWorld& make_world, const First& first, const Second& second,
                            const Check& check) {
  for (std::uint64_t stop = 0;; ++stop) {
    CAPTURE(what);
    CAPTURE(stop);
    const auto world = make_world();
    std::uint64_t left = stop;
    bool stopped = false;
    world->storage->set_hook([&](const HookedStorage::Step&) {
      if (stopped || left-- != 0) return;
      stopped = true;
      second(*world);
    });
    first(*world);
    world->storage->set_hook({});
    if (!stopped) {
      MESSAGE(what << ": " << stop << " stops");
      return stop;
    }
    check(*world);
  }
}

}  // namespace holdfast::test
