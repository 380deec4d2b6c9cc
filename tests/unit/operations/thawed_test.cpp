// What of a backup lies frozen in a cold storage is said before anything of it is read.

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

/// A packed repository whose packs have moved to a cold storage, where some may be frozen.
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
  /// What is read, and known to be frozen, is remembered by a layout that is open.
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

TEST_CASE("a backup with nothing frozen may be read, and where nothing is cold nothing is looked for") {
  ColdRepository cold;
  REQUIRE(cold.moved >= 2);
  CHECK(cold.said().empty());
  cold.storage_now = tiered_storage(cold.storage, memory_storage());  // its packs are missing, which is for others to say
  CHECK(cold.said().empty());
}

TEST_CASE("a plain backup needs the objects of its entries and those beside them") {
  PlainRepository plain(false);
  const BackupId id = plain.backup({{"a", "text"}, {"b", "more"}});
  const NeededObjects needed = plain.layout->needed_objects(id, plain.context);
  CHECK(needed.all);
  CHECK(needed.objects.size() >= 2);
  for (const ObjectInfo& object : needed.objects) CHECK(plain.storage->stat(object.name)->size == object.size);
}

TEST_CASE("of a backup's frozen objects all that can be known are counted, those of other backups are not") {
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

  // Everything: the lists that name a backup's chunks are frozen, too.
  cold.freeze_all();
  const std::string all = cold.said();
  CHECK(all.find("lie frozen") != std::string::npos);
  CHECK(all.find(cold.first) != std::string::npos);

  cold.frozen.clear();
  CHECK(cold.said().empty());
}

TEST_CASE("what is frozen is an error where all is wanted, and a warning where a part is, which may lie elsewhere") {
  ColdRepository cold;
  cold.freeze_all();
  CHECK_FALSE(cold.said(Wanted::everything).empty());
  const std::uint64_t before = cold.context.warnings();
  CHECK(cold.said(Wanted::a_selection).empty());
  CHECK(cold.context.warnings() == before + 1);
}

TEST_CASE("a storage that is read only says what is frozen under it") {
  ColdRepository cold;
  cold.freeze_all();
  cold.storage_now = read_only_storage(cold.tiered);
  CHECK_FALSE(cold.said().empty());
}

TEST_CASE("all backups are verified only if nothing of any of them is frozen, and what has to be thawed is said once") {
  ColdRepository cold;
  cold.freeze_all();
  cold.open_again();
  Repository repository(std::move(cold.layout), builtin_drivers(), std::nullopt);
  try {
    repository.verify_all(VerifyLevel::full, cold.context);
    FAIL("archived packs were not told");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::invalid_state);
    CHECK(error.message().find("of the objects of all backups " + std::to_string(cold.moved) + " with") != std::string::npos);
  }
  cold.frozen.clear();
  CHECK(repository.verify_all(VerifyLevel::full, cold.context).size() == 3);
}

TEST_CASE("a target of the host's is not asked where its backup is frozen") {
  struct Untouched final : Target {
    void preflight(const BackupView&, const RestoreOptions&, Context&) override { FAIL("it was asked"); }
    RestoreReport restore(const BackupView&, const RestoreOptions&, Context&) override { return {}; }
  } target;
  ColdRepository cold;
  cold.freeze_all();
  cold.open_again();
  Repository repository(std::move(cold.layout), builtin_drivers(), std::nullopt);
  CHECK_THROWS_WITH_AS(restore_into(repository, cold.first, 0, target, {}, cold.context), doctest::Contains("lie frozen"), Error);
}
