// Locks of composed storages. tests/conformance/abilities_test.cpp checks that every wrapper passes them on.

#include "holdfast/locks.hpp"

#include "conformance/storage_suite.hpp"
#include "holdfast/quota.hpp"
#include "holdfast/replicated.hpp"
#include "holdfast/tiered.hpp"
#include "support/locking_storage.hpp"
#include "support/storage_double.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using hf::test::LockingStorage;

namespace {

constexpr std::chrono::hours kWeek{7 * 24};

struct World {
  hf::test::StandingClock clock;
  std::shared_ptr<hf::test::HookedStorage> inner = std::make_shared<hf::test::HookedStorage>(clock);
  std::shared_ptr<LockingStorage> locking = std::make_shared<LockingStorage>(inner, clock, kWeek);
};

std::shared_ptr<hf::ReplicatedStorage> set_of(const std::vector<std::shared_ptr<hf::Storage>>& members,
                                              hf::ReplicaUse use = hf::ReplicaUse::create) {
  std::vector<hf::Replica> replicas;
  for (const auto& member : members) replicas.push_back({"copy " + std::to_string(replicas.size()), member, ""});
  return hf::replicated_storage(replicas, 0, use);
}

hf::ReplicaRepairReport repair(hf::ReplicatedStorage& set, const World& world) {
  hf::Context context;
  context.host.clock = &world.clock;
  return set.repair({}, context);
}

bool all_in_sync(hf::ReplicatedStorage& storage) {
  return std::ranges::all_of(storage.status(), [](const auto& one) { return one.state == hf::ReplicaStatus::State::in_sync; });
}

}  // namespace

TEST_CASE("a storage that knows no locks has none") {
  const auto storage = hf::memory_storage();
  storage->put_new("x", {});
  CHECK_FALSE(hf::locks_objects(*storage));
  CHECK_FALSE(hf::locked_until(*storage, "x").has_value());
  hf::renew_lock(*storage, "x");
  CHECK_FALSE(hf::locks_objects(*hf::quota_storage(storage, {.limit_bytes = 1, .warn_at = 1, .warn = {}})));
}

TEST_CASE("a tier renews an object's lock in the storage that has it, whichever of its storages lock") {
  for (const bool hot_locks : {false, true}) {
    for (const bool cold_locks : {false, true}) {
      CAPTURE(hot_locks);
      CAPTURE(cold_locks);
      World hot, cold;
      const std::shared_ptr<hf::Storage> hot_storage = hot_locks ? hot.locking : std::shared_ptr<hf::Storage>(hot.inner);
      const std::shared_ptr<hf::Storage> cold_storage = cold_locks ? cold.locking : std::shared_ptr<hf::Storage>(cold.inner);
      const auto tiered = hf::tiered_storage(hot_storage, cold_storage);
      hot_storage->put_new("packs/hot", {});
      cold_storage->put_new("packs/cold", {});
      hot.locking->unlock("packs/hot");
      cold.locking->unlock("packs/cold");
      CHECK(hf::locks_objects(*tiered) == (hot_locks || cold_locks));
      for (const char* name : {"packs/hot", "packs/cold"}) {
        CHECK_FALSE(hf::locked_until(*tiered, name).has_value());
        hf::renew_lock(*tiered, name);
      }
      CHECK(hf::locked_until(*tiered, "packs/hot").has_value() == hot_locks);
      CHECK(hf::locked_until(*tiered, "packs/cold").has_value() == cold_locks);
      CHECK(error_of([&] { hf::renew_lock(*tiered, "packs/gone"); }).code() == hf::ErrorCode::not_found);
      CHECK(error_of([&] { hf::locked_until(*tiered, "packs/gone"); }).code() == hf::ErrorCode::not_found);
    }
  }
}

TEST_CASE("a mover that finishes a dead one's work renews the lock of the remaining copy") {
  World world;
  const auto hot = std::make_shared<hf::test::HookedStorage>(world.clock);
  world.inner->put_new("packs/x", hf::as_bytes("1"));  // long ago, so its lock has ended
  hot->put_new("packs/x", hf::as_bytes("1"));
  const auto tiered = hf::tiered_storage(hot, world.locking);
  hf::renew_lock(*tiered, "packs/x");  // it is hot, where nothing locks
  CHECK_FALSE(hf::locked_until(*tiered, "packs/x").has_value());
  world.clock.advance(2 * kWeek);
  hf::Context context;
  context.host.clock = &world.clock;
  CHECK(tiered->move_old({.age = kWeek}, context).moved_objects == 1);
  CHECK_FALSE(hot->stat("packs/x").has_value());
  CHECK(hf::locked_until(*tiered, "packs/x") == world.clock.now() + 2 * kWeek);
}

TEST_CASE("in a set with one locking storage, that one's lock is renewed, or the set reports the failure") {
  World world;
  const auto set = set_of({hf::memory_storage(), world.locking});
  set->put_new("packs/x", {});
  world.locking->unlock("packs/x");
  hf::renew_lock(*set, "packs/x");
  CHECK(world.locking->ends().contains("packs/x"));
  world.locking->on_renewal([](const std::string&) { throw hf::Error(hf::ErrorCode::network, "gone"); });
  CHECK(error_of([&] { hf::renew_lock(*set, "packs/x"); }).code() == hf::ErrorCode::network);
}

TEST_CASE("an object that one storage of a set must keep stays on all, and none is behind because of it") {
  World world;
  const std::vector<std::shared_ptr<hf::Storage>> members = {hf::memory_storage(), world.locking, hf::memory_storage()};
  const auto set = set_of(members);
  CHECK(hf::locks_objects(*set));
  set->put_new("packs/x", hf::as_bytes("1"));
  check_error(error_of([&] { set->remove("packs/x"); }), hf::ErrorCode::permission_denied, "locked until");
  for (const auto& member : members) CHECK(member->stat("packs/x").has_value());
  CHECK(all_in_sync(*set));
  set->put_new("sessions/x", {});
  set->remove("sessions/x");
  world.clock.advance(2 * kWeek);
  CHECK_FALSE(hf::locked_until(*set, "packs/x").has_value());
  set->remove("packs/x");
  for (const auto& member : members) CHECK_FALSE(member->stat("packs/x").has_value());
  CHECK(all_in_sync(*set));
}

TEST_CASE("a set's lock is renewed if a quorum renews it; a storage that could not is left out") {
  World a, b, c;
  const auto set = set_of({a.locking, b.locking, c.locking});
  set->put_new("packs/x", {});
  const auto fail = [](const std::string&) { throw hf::Error(hf::ErrorCode::network, "gone"); };
  a.locking->on_renewal(fail);
  hf::renew_lock(*set, "packs/x");
  CHECK_FALSE(all_in_sync(*set));
  b.locking->on_renewal(fail);
  CHECK(error_of([&] { hf::renew_lock(*set, "packs/x"); }).code() == hf::ErrorCode::network);
}

TEST_CASE("a locked object moves to the cold storage after its lock ends, and can't be removed before that") {
  World world;
  const auto cold = hf::memory_storage();
  const auto tiered = hf::tiered_storage(world.locking, cold);
  hf::Context context;
  context.host.clock = &world.clock;
  tiered->put_new("packs/x", hf::as_bytes("1"));
  world.clock.advance(kWeek + std::chrono::hours(1));
  const hf::TierPolicy policy{.age = kWeek};
  CHECK(tiered->move_old(policy, context).moved_objects == 0);
  CHECK_FALSE(cold->stat("packs/x").has_value());
  CHECK(hf::locked_until(*tiered, "packs/x").has_value());
  CHECK(error_of([&] { tiered->remove("packs/x"); }).code() == hf::ErrorCode::permission_denied);
  world.clock.advance(kWeek);
  CHECK(tiered->move_old(policy, context).moved_objects == 1);
  CHECK_FALSE(hf::locked_until(*tiered, "packs/x").has_value());
  CHECK(text(*tiered, "packs/x") == "1");
}

TEST_CASE("a copy that missed the removal of an object it keeps locked is repaired except for that, and stays behind until the lock ends") {
  World world;
  const std::vector<std::shared_ptr<hf::Storage>> members = {hf::memory_storage(), hf::memory_storage(), world.locking};
  const auto before = set_of(members);
  before->put_new("packs/gone", {});
  world.inner->set_hook([](const auto&) { throw hf::Error(hf::ErrorCode::network, "it is off"); });
  before->remove("packs/gone");
  before->put_new("packs/new", hf::as_bytes("new"));
  world.inner->set_hook({});

  const auto set = set_of(members, hf::ReplicaUse::open);
  const auto report = repair(*set, world);
  CHECK(text(*world.inner, "packs/new") == "new");
  CHECK(report.removed_objects == 0);
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0].find("packs/gone: it was removed elsewhere, and can't be removed here yet") != std::string::npos);
  CHECK(report.problems[0].find("locked until") != std::string::npos);
  CHECK(report.copies[2].state == hf::ReplicaStatus::State::behind);
  CHECK(names(*set) == std::vector<std::string>{"packs/new"});

  world.clock.advance(2 * kWeek);
  CHECK(repair(*set, world).removed_objects == 1);
  CHECK(all_in_sync(*set));
}

TEST_CASE("a damaged object under a lock is reported, left unchanged, and replaced after the lock has ended") {
  World world;
  const auto set = set_of({hf::memory_storage(), world.locking});
  const std::string name = "packs/00/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";  // hash of "hello"
  set->put_new(name, hf::as_bytes("hello"));
  world.inner->remove(name);
  world.inner->put_new(name, hf::as_bytes("hell"));

  const auto report = repair(*set, world);
  CHECK(report.replaced_objects == 0);
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0].find("can't be replaced yet") != std::string::npos);
  CHECK(report.copies[1].state == hf::ReplicaStatus::State::behind);
  CHECK(text(*world.inner, name) == "hell");
  CHECK(text(*set, name) == "hello");

  world.clock.advance(2 * kWeek);
  CHECK(repair(*set, world).replaced_objects == 1);
  CHECK(text(*world.inner, name) == "hello");
  CHECK(all_in_sync(*set));
}
