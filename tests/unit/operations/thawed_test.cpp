// Archived objects that a backup needs are reported before any of it is read.

#include "operations/thawed.hpp"

#include <doctest/doctest.h>

#include "holdfast/host.hpp"
#include "holdfast/read_only.hpp"
#include "holdfast/tiered.hpp"
#include "repository/format.hpp"
#include "support/packed_repository.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

/// A packed repository whose packs were moved to a cold storage, where some may be archived.
struct ColdRepository : PackedRepository {
  ColdRepository() {
    for (const char* name : {"one", "two"}) first = backup({{name, text_of(name)}, {std::string("small-") + name, name}});
    tiered = tiered_storage(storage, cold);
    clock.advance(std::chrono::hours(24 * 31));
    moved = tiered->move_old({}, context).moved_objects;
    storage_now = tiered;
    cold->set_hook([this](const HookedStorage::Step& step) {
      if (step.operation != "read") return;
      reads += step.when == HookedStorage::When::before ? 1 : 0;
      if (frozen.contains(step.object)) throw Error(ErrorCode::invalid_state, step.object + " is archived");
    });
    open_again();
  }
  /// An open layout remembers what it has read and what it knows to be archived: opens a new one.
  void open_again() {
    place = PackedPlace::open(storage_now, read_format(*storage_now), key);
    layout = std::make_unique<PackedLayout>(place);
  }
  void freeze_all() {
    for (const auto& [name, bytes] : cold->objects()) frozen.insert(name);
  }
  std::string said(Wanted wanted = Wanted::one_source) {
    open_again();
    try {
      require_thawed(*layout, first, wanted, context);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::invalid_state);
      return error.message();
    }
    return "";
  }
  static std::string text_of(const std::string& name) {
    std::string text;
    for (int line = 0; line < 1000; ++line) text += name + std::to_string(line * 7919) + "\n";
    return text;
  }

  std::shared_ptr<HookedStorage> cold = std::make_shared<HookedStorage>(clock);
  std::shared_ptr<TieredStorage> tiered;
  std::shared_ptr<Storage> storage_now;
  std::set<std::string> frozen;
  std::uint64_t moved = 0, reads = 0;
  BackupId first;
};

}  // namespace

TEST_CASE("a backup without archived objects may be read, and without a cold storage nothing is searched") {
  ColdRepository cold;
  REQUIRE(cold.moved >= 2);
  CHECK(cold.said().empty());
  cold.storage_now = tiered_storage(cold.storage, memory_storage());  // its packs are missing: not for this check
  CHECK(cold.said().empty());
}

TEST_CASE("a plain backup needs the objects of its entries and its extra objects") {
  PlainRepository plain(false);
  const BackupId id = plain.backup({{"a", "text"}, {"b", "more"}});
  const NeededObjects needed = plain.layout->needed_objects(id, plain.context);
  CHECK(needed.all);
  CHECK(needed.objects.size() >= 2);
  for (const ObjectInfo& object : needed.objects) CHECK(plain.storage->stat(object.name)->size == object.size);
}

TEST_CASE("all known archived objects of a backup are counted, and those of other backups are not") {
  ColdRepository cold;
  const NeededObjects needed = cold.layout->needed_objects(cold.first, cold.context);
  CHECK(needed.all);
  CHECK(needed.sources == 1);
  REQUIRE_FALSE(needed.objects.empty());
  CHECK(needed.objects.size() < cold.moved);
  for (const ObjectInfo& object : needed.objects) CHECK(cold.cold->stat(object.name)->size == object.size);

  for (const auto& [name, bytes] : cold.cold->objects())
    if (std::ranges::find(needed.objects, name, &ObjectInfo::name) == needed.objects.end()) cold.frozen.insert(name);
  CHECK(cold.said().empty());

  // Everything: the lists that name a backup's chunks are archived, too.
  cold.freeze_all();
  const std::string all = cold.said();
  CHECK(all.find("are archived") != std::string::npos);
  CHECK(all.find(cold.first) != std::string::npos);

  cold.frozen.clear();
  CHECK(cold.said().empty());
}

TEST_CASE("archived objects are an error if everything is read, and a warning if only a part is, which may be elsewhere") {
  ColdRepository cold;
  cold.freeze_all();
  CHECK_FALSE(cold.said(Wanted::everything).empty());
  const std::uint64_t before = cold.context.warnings();
  CHECK(cold.said(Wanted::a_selection).empty());
  CHECK(cold.context.warnings() == before + 1);
}

TEST_CASE("a read-only storage reports the archived objects of the storage that it wraps") {
  ColdRepository cold;
  cold.freeze_all();
  cold.storage_now = read_only_storage(cold.tiered);
  CHECK_FALSE(cold.said().empty());
}

TEST_CASE("all backups are verified only if none needs archived objects, and each such object is reported once") {
  ColdRepository cold;
  cold.freeze_all();
  cold.open_again();
  Repository repository(std::move(cold.layout), builtin_drivers(), std::nullopt);
  try {
    repository.verify_all(VerifyLevel::full, cold.context);
    FAIL("archived packs were not told");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::invalid_state);
    CHECK(error.message().find(std::to_string(cold.moved) + " objects of all backups with") != std::string::npos);
  }
  cold.frozen.clear();
  CHECK(repository.verify_all(VerifyLevel::full, cold.context).size() == 3);
}

TEST_CASE("a host's target is not called if its backup is archived") {
  struct Untouched final : Target {
    void preflight(const BackupView&, const RestoreOptions&, Context&) override { FAIL("it was asked"); }
    RestoreReport restore(const BackupView&, const RestoreOptions&, Context&) override { return {}; }
  } target;
  ColdRepository cold;
  cold.freeze_all();
  cold.open_again();
  Repository repository(std::move(cold.layout), builtin_drivers(), std::nullopt);
  CHECK_THROWS_WITH_AS(restore_into(repository, cold.first, 0, target, {}, cold.context), doctest::Contains("are archived"), Error);
}
