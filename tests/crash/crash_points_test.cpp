// Every layout, on a storage in memory and on files: the process dies before and after each effect, on files also half-way through a write.
#include "support/crash_points.hpp"

#include "storage/local.hpp"
#include "support/dying_calls.hpp"
#include "support/layouts.hpp"
#include "support/temp_directory.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

const Contents kEarlier{{"a", "earlier"}, {"b", "shared"}}, kNext{{"b", "shared"}, {"c", "next"}}, kLater{{"c", "later"}};
// Of what a removed backup holds, a later one needs a little; a torn one shares nothing.
const Contents kRemoved{{"p", "only"}, {"q", "in the"}, {"r", "removed one"}, {"s", "survivor"}}, kSurvivor{{"s", "survivor"}},
    kTorn{{"t", "torn"}, {"u", "it never is"}};

/// A repository with one backup, and what is known of it.
template <typename Base>
struct World : Base {
  explicit World(const LayoutKit& its_kit) : kit(its_kit) {
    context.clock = &this->clock;
    context.limits.jobs = 1;
    kit.create(this->storage, context);
    whole[make(kEarlier)] = kEarlier;
  }

  BackupId make(const Contents& contents) {
    this->pass(std::chrono::seconds(1));
    return make_backup(*kit.open(this->storage, context), contents, context).id;
  }
  void remove(const BackupId& id) { kit.open(this->storage, context)->remove(id, context); }
  void collect() { kit.collect(*kit.open(this->storage, context), context); }

  void check_whole(const std::map<BackupId, Contents>& expected) {
    const auto layout = kit.open(this->storage, context);
    const std::set<BackupId> ids = listed(*layout, context);
    for (const auto& [id, contents] : expected) {
      REQUIRE(ids.contains(id));
      CHECK(read_back(*layout, id, context) == contents);
    }
    for (const BackupId& id : ids) CHECK(faults(*layout, id, VerifyLevel::full, context) == "");
    CHECK(common_faults(*layout, context) == "");
  }

  /// With everything that was left lying about gone, and then with every backup gone.
  void check_collectable() {
    const auto layout = kit.open(this->storage, context);
    const auto settle = [&] {
      for (int run = 0; run < kit.collections; ++run) {
        this->pass(kOverADay);
        kit.collect(*layout, context);
      }
      const std::set<BackupId> ids = listed(*layout, context);
      CHECK(kit.leftover(object_names(*this->storage), ids) == "");
      return ids;
    };
    const std::set<BackupId> before = listed(*layout, context);
    CHECK(settle() == before);
    check_whole({});
    for (const BackupId& id : before) layout->remove(id, context);
    CHECK(settle().empty());
  }

  const LayoutKit& kit;
  Context context;
  std::map<BackupId, Contents> whole;  // what must be there in the end
};

struct InMemory {
  static constexpr std::uint64_t kSomeEntriesWritten = 7;  // points into a backup
  void pass(std::chrono::microseconds time) { clock.advance(time); }
  StandingClock clock;
  std::shared_ptr<HookedStorage> storage = std::make_shared<HookedStorage>(clock);
};

struct OnFiles {
  static constexpr std::uint64_t kSomeEntriesWritten = 31;

  /// A file's age is the only thing that shows how much time has passed.
  void pass(std::chrono::microseconds time) {
    clock.advance(time);
    if (time < kOverADay) return;
    for (const auto& file : std::filesystem::recursive_directory_iterator(directory.path())) {
      if (file.is_regular_file()) std::filesystem::last_write_time(file, file.last_write_time() - time);
    }
  }
  void light(std::uint64_t points) { calls->fuse.light(points); }
  bool put_out() {
    const bool died = calls->fuse.put_out();
    storage = local_storage(directory.path(), IfMissing::fail, calls);
    return died;
  }

  StandingClock clock;
  testing::TempDirectory directory{testing::memory_directory()};
  std::shared_ptr<DyingCalls> calls = std::make_shared<DyingCalls>();
  std::shared_ptr<Storage> storage = local_storage(directory.path(), IfMissing::fail, calls);
};

template <typename Repository>
void crash_everywhere(const LayoutKit& kit) {
  const auto fresh = [&kit] { return std::make_unique<Repository>(kit); };
  const auto check = [](Repository& world) {
    world.check_whole(world.whole);
    world.whole[world.make(kLater)] = kLater;
    world.check_whole(world.whole);
    world.check_collectable();
  };
  std::uint64_t points = for_each_crash_point(
      kit.name + ": backup", fresh, [](Repository& world) { world.make(kNext); }, check);

  BackupId removed;
  points += for_each_crash_point(
      kit.name + ": remove",
      [&] {
        auto world = fresh();
        removed = world->make(kNext);
        return world;
      },
      [&removed](Repository& world) { world.remove(removed); }, check);

  for (int run = 0; run < kit.collections; ++run) {
    const std::uint64_t of_run = for_each_crash_point(
        kit.name + ": collect, run " + std::to_string(run + 1),
        [&] {
          auto world = fresh();
          const BackupId gone = world->make(kRemoved);
          world->whole[world->make(kSurvivor)] = kSurvivor;
          world->remove(gone);
          world->light(Repository::kSomeEntriesWritten);
          try {
            world->make(kTorn);
          } catch (const Crash&) {
          } catch (const Error&) {
          }
          CHECK(world->put_out());
          for (int earlier_run = 0; earlier_run < run; ++earlier_run) {
            world->pass(kOverADay);
            world->collect();
          }
          world->pass(kOverADay);
          return world;
        },
        [](Repository& world) { world.collect(); }, check);
    CHECK(of_run > 5);
    points += of_run;
  }
  CHECK(points > 30);
}

}  // namespace

TEST_CASE("a process that dies at any effect leaves committed backups whole, no torn one, and nothing that can't be collected") {
  for (const LayoutKit& kit : layout_kits()) crash_everywhere<Crashable<World<InMemory>>>(kit);
}

TEST_CASE("the same for files, where a process may die with half of a write done") {
  for (const LayoutKit& kit : layout_kits()) crash_everywhere<World<OnFiles>>(kit);
}
