// Every layout, on a storage in memory and on files: the process dies before and after each effect, on files also in
// the middle of a write.
#include "support/crash_points.hpp"

#include "base/digest.hpp"
#include "repository/keys.hpp"
#include "storage/local.hpp"
#include "support/dying_calls.hpp"
#include "support/layouts.hpp"
#include "support/temp_directory.hpp"
#include "support/test_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

const Contents kEarlier{{"a", "earlier"}, {"b", "shared"}}, kNext{{"b", "shared"}, {"c", "next"}}, kLater{{"c", "later"}};
// A later backup needs a small part of a removed one; a torn one shares nothing.
const Contents kRemoved{{"p", "only"}, {"q", "in the"}, {"r", "removed one"}, {"s", "survivor"}}, kSurvivor{{"s", "survivor"}},
    kTorn{{"t", "torn"}, {"u", "it never is"}};

Key second_key() { return raw_key(Secret(std::string_view("another key, of 32 bytes as well"))); }

/// A repository with one backup, or an empty place, and the expected state.
template <typename Base>
struct World : Base {
  explicit World(const LayoutKit& its_kit, bool empty = false) : kit(its_kit) {
    context.host.clock = &this->clock;
    context.limits.jobs = 1;
    if (empty) return;
    create();
    whole[make(kEarlier)] = kEarlier;
  }

  void create() { kit.create(this->storage, context); }

  BackupId make(const Contents& contents) {
    this->pass(std::chrono::seconds(1));
    return make_backup(*kit.open(this->storage, context), contents, context).id;
  }
  void remove(const BackupId& id) { kit.open(this->storage, context)->remove(id, context); }
  void collect() { kit.collect(*kit.open(this->storage, context), context); }
  void copy_in(const Repository& from, const BackupId& id) {
    this->pass(std::chrono::seconds(1));
    Repository to(kit.open(this->storage, context), {});
    from.copy_to(id, to, {.compression = "none"}, context);
  }
  std::string repository_id() { return kit.open(this->storage, context)->info().id; }
  std::string add_second_key() {
    const std::string id = repository_id();
    const Secret master = open_any_slot(*this->storage, test_key(), id);
    return add_checked_slot(*this->storage, second_key(), id, master, kCheap, *context.host.random);
  }
  void remove_key(const std::string& slot) { remove_slot(*this->storage, slot, test_key(), repository_id()); }
  void rotate() { kit.open(this->storage, context)->rotate_data_key(context); }
  /// Checks that both keys open the same repository, or that the second does not open, which is an error if
  /// `must_open`.
  void check_second_key(bool must_open) {
    try {
      const std::string id = repository_id();
      const Secret master = open_any_slot(*this->storage, second_key(), id);
      CHECK(constant_time_equal(master.bytes(), open_any_slot(*this->storage, test_key(), id).bytes()));
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::wrong_key);
      CHECK(!must_open);
    }
  }

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

  /// Checks the state after all leftovers are removed, and then after every backup is removed.
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
  std::map<BackupId, Contents> whole;  // must exist at the end
};

struct InMemory {
  static constexpr std::uint64_t kSomeEntriesWritten = 7;  // a moment during a backup
  void pass(std::chrono::microseconds time) { clock.advance(time); }
  StandingClock clock;
  std::shared_ptr<HookedStorage> storage = std::make_shared<HookedStorage>(clock);
};

struct OnFiles {
  static constexpr std::uint64_t kSomeEntriesWritten = 31;

  /// The age of a file is the only sign of how much time has passed.
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

/// Interrupts every operation of one layout at every point.
template <typename Place>
class CrashRun {
 public:
  explicit CrashRun(const LayoutKit& kit) : kit_(kit) {
    Place probe(kit);
    const RepositoryInfo info = kit.open(probe.storage, probe.context)->info();
    encrypted_ = info.encrypted;
    rotates_ = info.encrypted && info.layout == LayoutKind::packed;
  }

  std::uint64_t all() {
    create();
    everywhere("backup", fresh(), [](Place& world) { world.make(kNext); });
    remove();
    for (int run = 1; run <= kit_.collections; ++run) collect(run);
    copy();
    if (encrypted_) keys();
    if (rotates_) rotate();
    return points_;
  }

 private:
  using MakeWorld = std::function<std::unique_ptr<Place>()>;
  using Step = std::function<void(Place&)>;

  MakeWorld fresh() const {
    return [this] { return std::make_unique<Place>(kit_); };
  }

  /// Checks what must be true after each death. `first` runs additional checks before.
  std::uint64_t everywhere(const std::string& what, const MakeWorld& make_world, const Step& operation, const Step& first = {}) {
    const std::uint64_t points = for_each_crash_point(kit_.name + ": " + what, make_world, operation, [&first](Place& world) {
      if (first) first(world);
      world.check_whole(world.whole);
      world.whole[world.make(kLater)] = kLater;
      world.check_whole(world.whole);
      world.check_collectable();
    });
    points_ += points;
    return points;
  }

  void create() {
    const auto empty = [this] { return std::make_unique<Place>(kit_, true); };
    everywhere(
        "create", empty, [](Place& world) { world.create(); },
        [](Place& world) {
          if (!world.storage->stat("format")) world.create();
        });
  }

  void remove() {
    BackupId removed;
    const auto two = [&] {
      auto world = fresh()();
      removed = world->make(kNext);
      return world;
    };
    everywhere("remove", two, [&removed](Place& world) { world.remove(removed); });
  }

  void collect(int run) {
    const auto with_garbage = [&] {
      auto world = fresh()();
      const BackupId gone = world->make(kRemoved);
      world->whole[world->make(kSurvivor)] = kSurvivor;
      world->remove(gone);
      world->light(Place::kSomeEntriesWritten);
      try {
        world->make(kTorn);
      } catch (const Crash&) {
      } catch (const Error&) {
      }
      CHECK(world->put_out());
      for (int earlier_run = 1; earlier_run < run; ++earlier_run) {
        world->pass(kOverADay);
        world->collect();
      }
      world->pass(kOverADay);
      return world;
    };
    CHECK(everywhere("collect, run " + std::to_string(run), with_garbage, [](Place& world) { world.collect(); }) > 5);
  }

  void copy() {
    InMemory source;
    Context context;
    context.host.clock = &source.clock;
    context.limits.jobs = 1;
    const LayoutKit& plain = layout_kits().front();
    plain.create(source.storage, context);
    const std::shared_ptr<Layout> layout = plain.open(source.storage, context);
    const BackupId id = make_backup(*layout, kNext, context).id;
    const Repository from(layout, {});
    everywhere("copy", fresh(), [&](Place& world) { world.copy_in(from, id); });
  }

  void keys() {
    everywhere(
        "add a key", fresh(), [](Place& world) { world.add_second_key(); },
        [](Place& world) {
          world.check_second_key(false);
          world.add_second_key();
          world.check_second_key(true);
        });
    std::string slot;
    const auto with_two = [&] {
      auto world = fresh()();
      slot = world->add_second_key();
      return world;
    };
    everywhere(
        "remove a key", with_two, [&slot](Place& world) { world.remove_key(slot); }, [](Place& world) { world.check_second_key(false); });
  }

  void rotate() {
    everywhere(
        "rotate the data key", fresh(), [](Place& world) { world.rotate(); },
        [](Place& world) {
          world.check_whole(world.whole);
          world.rotate();
        });
  }

  const LayoutKit& kit_;
  bool encrypted_ = false, rotates_ = false;
  std::uint64_t points_ = 0;
};

template <typename Place>
void crash_everywhere(std::uint64_t at_least) {
  for (const LayoutKit& kit : layout_kits()) {
    const std::uint64_t points = CrashRun<Place>(kit).all();
    MESSAGE(kit.name << ": " << points << " crash points in all");
    CHECK(points >= (kit.collections > 1 ? at_least : at_least / 3));
  }
}

}  // namespace

TEST_CASE("a process that dies at any effect leaves committed backups whole, no torn one, and nothing that cannot be collected") {
  crash_everywhere<Crashable<World<InMemory>>>(100);
}

TEST_CASE("a process that dies at any effect on files, or halfway through a write, leaves committed backups whole and no torn one") {
  crash_everywhere<World<OnFiles>>(300);
}
