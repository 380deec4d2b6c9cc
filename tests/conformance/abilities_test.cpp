// Tests every ability of a storage through every storage that wraps or combines others, two deep. A storage that cannot
// pass an ability on reports that.

#include <algorithm>
#include <functional>

#include "conformance/storage_suite.hpp"
#include "holdfast/cached.hpp"
#include "holdfast/finding.hpp"
#include "holdfast/host.hpp"
#include "holdfast/quota.hpp"
#include "holdfast/read_only.hpp"
#include "holdfast/replicated.hpp"
#include "holdfast/retrying.hpp"
#include "holdfast/throttled.hpp"
#include "holdfast/tiered.hpp"
#include "storage/decorators/faulty.hpp"
#include "storage/room.hpp"
#include "support/able_storage.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using hf::test::AbleStorage;

namespace {

using StoragePtr = std::shared_ptr<hf::Storage>;

struct Wrapper {
  std::string name;
  std::function<StoragePtr(StoragePtr)> wrap;
  bool changes = true;      // false: refuses every change
  bool of_several = false;  // keeps no copies of its own: wrap it to have them
  bool is_set = false;
};

hf::Replica copy_of(StoragePtr storage) { return {storage->uri(), storage, ""}; }

const std::vector<Wrapper> kWrappers = {
    {"retrying", [](auto inner) { return hf::retrying_storage(std::move(inner)); }},
    {"throttled", [](auto inner) { return hf::throttled_storage(std::move(inner), {}); }},
    {"faulty", [](auto inner) { return hf::faulty_storage(std::move(inner), {}); }},
    {"quota", [](auto inner) { return hf::quota_storage(std::move(inner), {.limit_bytes = 1000, .warn_at = 1, .warn = {}}); }},
    {"cached", [](auto inner) { return hf::cached_storage(std::move(inner), hf::memory_storage(), "index/"); }},
    {"forwarding", [](auto inner) { return std::make_shared<hf::ForwardingStorage>(std::move(inner)); }},
    {"read only", [](auto inner) { return hf::read_only_storage(std::move(inner)); }, false},
    {"hot", [](auto inner) { return hf::tiered_storage(std::move(inner), hf::memory_storage()); }, true, true},
    {"cold", [](auto inner) { return hf::tiered_storage(hf::memory_storage(), std::move(inner)); }, true, true},
    {"set", [](auto inner) { return hf::replicated_storage({copy_of(std::move(inner))}, 0, hf::ReplicaUse::create); }, true, true, true},
};

/// A storage with every ability, and the storage made from it.
struct World {
  hf::test::StandingClock clock;
  std::shared_ptr<AbleStorage> able = std::make_shared<AbleStorage>(clock);
  StoragePtr outermost;
  bool changes = true;
  bool keeps_copies = true;
  bool of_a_set = false;
  bool below_cold = false;

  explicit World(std::initializer_list<const Wrapper*> wrappers) : outermost(able) {
    for (const Wrapper* wrapper : wrappers) {
      outermost = wrapper->wrap(outermost);
      changes = changes && wrapper->changes;
      keeps_copies = !wrapper->of_several && (keeps_copies || wrapper->name == "cached");
      of_a_set = of_a_set || wrapper->is_set;
      below_cold = below_cold || wrapper->name == "cold";
    }
    able->put_new("packs/x", hf::as_bytes("x"));
    able->put_new("packs/z", hf::as_bytes("z"));
  }
};

void check_locks(World& world) {
  hf::Storage& storage = *world.outermost;
  CHECK(hf::locks_objects(storage));
  CHECK(hf::locked_until(storage, "packs/x") == world.clock.now() + 2 * AbleStorage::kWeek);
  CHECK(error_of([&] { storage.remove("packs/x"); }).code() == hf::ErrorCode::permission_denied);
  if (!world.of_a_set)  // whose members may differ: a missing object is locked by none
    CHECK(error_of([&] { hf::locked_until(storage, "packs/y"); }).code() == hf::ErrorCode::not_found);
  world.able->locking().unlock("packs/x");
  if (world.changes) {
    hf::renew_lock(storage, "packs/x");
    CHECK(error_of([&] { hf::renew_lock(storage, "packs/y"); }).code() == hf::ErrorCode::not_found);
  } else {
    CHECK(error_of([&] { hf::renew_lock(storage, "packs/x"); }).code() == hf::ErrorCode::permission_denied);
  }
  CHECK(world.able->locking().ends().contains("packs/x") == world.changes);
}

void check_thawing(World& world) {
  world.able->archived = {"packs/x"};
  CHECK(hf::holds_cold(*world.outermost));
  const auto frozen = hf::frozen_objects(*world.outermost, {{"packs/x", 1, {}}, {"packs/z", 1, {}}}, hf::Context());
  REQUIRE(frozen.size() == 1);
  CHECK(frozen[0].name == "packs/x");
}

void check_diagnosing(World& world) {
  hf::Context context;
  context.host.clock = &world.clock;
  const auto findings = hf::diagnose_storage(*world.outermost, context);
  const auto told = std::ranges::find_if(findings, [](const hf::Finding& finding) { return finding.what.starts_with("ability"); });
  REQUIRE(told != findings.end());
  CHECK(told->detail == (world.changes ? "tried" : "not tried"));
}

void check_copies(World& world) {
  auto* const copies = hf::as<hf::Copies>(*world.outermost);
  CHECK((copies != nullptr) == world.keeps_copies);
  if (copies == nullptr) return;
  copies->keep({{"backups/a", {1, {}, bytes_of("a")}}});
  CHECK(hf::as<hf::Copies>(*world.outermost)->copies().contains("backups/a"));
}

/// A new object needs no room in the cold storage.
void check_room(World& world) {
  const auto least = [&](std::uint64_t room) {
    world.able->free_bytes = room;
    return hf::room_of(*world.outermost);
  };
  const bool of_hot = !world.below_cold;
  CHECK((least(5) == 5U) == of_hot);
  const auto bounded = least(1U << 20);  // by a quota, too
  if (of_hot) CHECK((bounded.value_or(0) > 5U && *bounded <= 1U << 20));
}

using Check = void (*)(World&);
const std::vector<std::pair<std::string, Check>> kAbilities = {
    {"locks", check_locks}, {"thawing", check_thawing}, {"diagnosing", check_diagnosing}, {"copies", check_copies}, {"room", check_room}};

/// A host's storage that forwards calls and knows no abilities.
class Opaque final : public hf::ForwardingStorage {
 public:
  using ForwardingStorage::ForwardingStorage;
  std::string uri() const override { return "opaque:"; }
  Storage* inner() const noexcept override { return nullptr; }
};

}  // namespace

TEST_CASE("every ability passes through every storage that wraps or combines others, two deep") {
  for (const auto& [ability, check] : kAbilities) {
    CAPTURE(ability);
    for (const Wrapper& outer : kWrappers) {
      CAPTURE(outer.name);
      World alone{&outer};
      if (!(outer.is_set && !alone.changes)) check(alone);
      for (const Wrapper& inner : kWrappers) {
        if (outer.is_set && (inner.is_set || !inner.changes)) continue;  // no set is made of these
        CAPTURE(inner.name);
        World world{&inner, &outer};
        check(world);
      }
    }
  }
}

TEST_CASE("an object of a set that is archived in one storage and readable in another is not archived") {
  hf::test::StandingClock clock;
  const auto first = std::make_shared<AbleStorage>(clock), second = std::make_shared<AbleStorage>(clock);
  const auto set = hf::replicated_storage({{"first", first, ""}, {"second", second, ""}}, 0, hf::ReplicaUse::create);
  set->put_new("packs/x", hf::as_bytes("x"));
  set->put_new("packs/y", hf::as_bytes("y"));
  const std::vector<hf::ObjectInfo> objects = {{"packs/x", 1, {}}, {"packs/y", 1, {}}};
  first->archived = {"packs/x", "packs/y"};
  CHECK_FALSE(hf::holds_cold(*set));
  second->archived = {"packs/y"};
  CHECK(hf::holds_cold(*set));
  const auto frozen = hf::frozen_objects(*set, objects, hf::Context());
  REQUIRE(frozen.size() == 1);
  CHECK(frozen[0].name == "packs/y");
}

TEST_CASE("a repository is refused on a host's storage that hides object locks or archived objects, also as a part") {
  hf::Context context;
  const hf::CreateOptions options{.encryption = hf::Encryption::none};
  const std::vector<std::pair<StoragePtr, const char*>> hidden = {
      {std::make_shared<AbleStorage>(*context.host.clock), "which locks its objects"},
      {hf::tiered_storage(hf::memory_storage(), hf::memory_storage()), "does not say which objects are archived"},
  };
  for (const auto& [storage, told] : hidden) {
    const auto opaque = std::make_shared<Opaque>(storage);
    for (const Wrapper& outer : kWrappers) {
      if (!outer.changes) continue;
      CAPTURE(outer.name);
      check_error(error_of([&] { hf::create_repository(outer.wrap(opaque), options, context); }), hf::ErrorCode::unsupported, told);
    }
  }
}

TEST_CASE("doctor names the storage whose report a host's storage hides") {
  hf::test::StandingClock clock;
  hf::Context context;
  context.host.clock = &clock;
  Opaque opaque(std::make_shared<AbleStorage>(clock));
  const auto findings = hf::diagnose_storage(opaque, context);
  CHECK(std::ranges::any_of(findings, [](const hf::Finding& finding) {
    return finding.state == hf::Finding::State::warning && finding.detail.find("able:") != std::string::npos;
  }));
}
