// Repositories on a storage with object locks: nothing that a locked backup needs can be removed, and what nobody needs
// is removed when its object lock ends.

#include "repository/locks.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "holdfast/repository.hpp"
#include "repository/format.hpp"
#include "repository/packed/packed_layout.hpp"
#include "repository/plain/plain_layout.hpp"
#include "support/history.hpp"
#include "support/locking_storage.hpp"
#include "support/streams.hpp"
#include "support/test_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

constexpr std::chrono::hours kDay{24};
constexpr std::chrono::hours kPromised = 7 * kDay;

/// A repository whose storage promises object locks of a week.
struct Locked : TestRepository {
  explicit Locked(LayoutKind kind) : TestRepository(test_key()) {
    if (kind == LayoutKind::packed) PackedPlace::create(locking, key, context, kCheap);
    if (kind == LayoutKind::plain) PlainPlace::create(locking, key, context, kCheap);
    if (kind == LayoutKind::packed)
      layout = std::make_unique<PackedLayout>(PackedPlace::open(locking, read_format(*locking), key));
    else
      layout = std::make_unique<PlainLayout>(PlainPlace::open(locking, key));
  }
  std::vector<std::string> names(std::string_view prefix) const {
    std::vector<std::string> found;
    for (const auto& [name, bytes] : storage->objects()) {
      if (name.starts_with(prefix)) found.push_back(name);
    }
    return found;
  }
  /// Returns objects that are locked for less than promised: a backup must not need them.
  std::string short_locks() {
    std::string found;
    for (const auto& [name, bytes] : storage->objects()) {
      if (is_short_lived(name)) continue;
      const auto until = locking->locked_until(name);
      if (!until || *until < clock.now() + kPromised) found += name + " ";
    }
    return found;
  }
  GarbageReport collect(std::chrono::hours after = kDay + std::chrono::hours(1)) {
    clock.advance(after);
    return layout->collect_garbage({}, context);
  }

  std::shared_ptr<LockingStorage> locking = std::make_shared<LockingStorage>(storage, clock, kPromised);
};

}  // namespace

TEST_CASE("every object that a backup needs is locked for the promised time from its commit, also shared ones") {
  for (const LayoutKind kind : {LayoutKind::packed, LayoutKind::plain}) {
    Locked repo(kind);
    const std::string text(100'000, 'x');
    const BackupId first = repo.backup({{"a", text}});
    CHECK(repo.short_locks() == "");
    repo.clock.advance(6 * kDay);
    repo.backup({{"a", text}});
    CHECK(repo.locking->extensions() == 0);  // the first object lock lasts two weeks
    repo.clock.advance(4 * kDay);
    const BackupId second = repo.backup({{"a", text}});
    CHECK(repo.locking->extensions() > 0);
    for (const std::string prefix : {"packs/", "index/", "keys/", "format", second.c_str()}) {
      for (const std::string& name : repo.names(prefix))
        CHECK_MESSAGE(*repo.locking->locked_until(name) >= repo.clock.now() + kPromised, name);
    }
    CHECK(to_text(repo.faults(first)) == "");
  }
}

TEST_CASE("an object that somebody put without a lock is locked before a backup needs it") {
  Locked repo(LayoutKind::packed);
  repo.backup({{"a", "shared"}});
  for (const auto& [name, end] : repo.locking->ends()) repo.locking->unlock(name);
  const std::vector<std::string> old = repo.names("packs/");
  repo.backup({{"a", "shared"}});
  for (const std::string& name : old) CHECK_MESSAGE(repo.locking->locked_until(name).has_value(), name);
}

TEST_CASE("a backup fails if any object lock cannot be extended, and the next one succeeds") {
  for (const LayoutKind kind : {LayoutKind::packed, LayoutKind::plain}) {
    std::size_t renewals = 1;
    for (std::size_t fail_at = 0; fail_at < renewals; ++fail_at) {
      CAPTURE(fail_at);
      Locked repo(kind);
      const BackupId earlier = repo.backup({{"a", "1"}, {"b", "2"}});
      repo.clock.advance(10 * kDay);
      std::atomic<std::size_t> count{0};
      repo.locking->on_renewal([&](const std::string& name) {
        if (count++ == fail_at) throw Error(ErrorCode::permission_denied, name + ": may not be locked");
      });
      CHECK(code_of([&] { repo.backup({{"a", "1"}, {"b", "3"}}); }) == ErrorCode::permission_denied);
      CHECK(repo.ids() == std::vector{earlier});
      repo.locking->on_renewal([&](const std::string&) { ++count; });
      count = 0;
      const BackupId later = repo.backup({{"a", "1"}, {"b", "3"}});
      renewals = count;
      CHECK(repo.ids() == std::vector{later, earlier});
      CHECK(to_text(repo.faults(later)) == "");
    }
    CHECK(renewals > 4);
  }
}

TEST_CASE("a writer that dies while it extends object locks leaves no backup, and its objects are collected") {
  Locked repo(LayoutKind::packed);
  const BackupId earlier = repo.backup({{"a", "1"}});
  struct Death {};
  {
    auto session = repo.layout->begin({}, repo.context);
    TestRepository::fill(session->add_source(TestRepository::source()), {{"a", "2"}});
    repo.locking->on_renewal([](const std::string&) { throw Death(); });
    // Nothing works any more, including its own cleanup.
    CHECK_THROWS_AS(
        [&] {
          repo.storage->set_hook([](const HookedStorage::Step& step) {
            if (step.operation == "remove") throw Error(ErrorCode::io, "dead");
          });
          session->commit();
        }(),
        Death);
  }
  repo.storage->set_hook({});
  repo.locking->on_renewal({});
  CHECK(repo.ids() == std::vector{earlier});
  for (int round = 0; round < 4; ++round) repo.collect(20 * kDay);
  CHECK(repo.names("sessions/").empty());
  CHECK(to_text(repo.faults(earlier)) == "");
}

TEST_CASE("a removed backup stays whole while it is locked, can be brought back, and is freed when its lock ends") {
  Locked repo(LayoutKind::packed);
  const BackupId kept = repo.backup({{"a", "kept"}});
  const BackupId gone = repo.backup({{"a", std::string(50'000, 'y')}});
  const auto before = repo.storage->objects();
  repo.layout->remove(gone, repo.context);
  CHECK(repo.ids() == std::vector{kept});
  for (int day = 0; day < 5; ++day) {
    const GarbageReport report = repo.collect();
    CHECK(report.backups == 0);
    CHECK(report.removed_packs == 0);
    CHECK(report.marked_packs == 0);
  }
  for (const auto& [name, bytes] : before) CHECK_MESSAGE(repo.storage->objects().contains(name), name);
  repo.layout->undo_remove(gone, repo.context);
  CHECK(to_text(repo.faults(gone)) == "");
  repo.layout->remove(gone, repo.context);
  repo.collect(14 * kDay);
  repo.collect();
  const GarbageReport swept = repo.collect();
  CHECK(swept.removed_packs + repo.names("packs/").size() <= 2);
  CHECK(repo.names("backups/") == std::vector{"backups/" + kept});
  const std::vector<std::string> removed = repo.names("removed/");
  for (const char* part : {"", ".final"}) CHECK(std::ranges::find(removed, "removed/" + gone + part) != removed.end());
  CHECK(repo.read(kept, "a") == "kept");
}

TEST_CASE("an unneeded pack is not marked while it is locked, so that backups can use it again, and extend its lock") {
  Locked repo(LayoutKind::packed);
  const std::string text(50'000, 'z');
  const BackupId first = repo.backup({{"a", text}});
  const std::vector<std::string> packs = repo.names("packs/");
  repo.layout->remove(first, repo.context);
  for (const std::string& name : repo.names("backups/")) repo.locking->unlock(name);
  CHECK(repo.collect().backups == 1);
  CHECK(repo.names("gc/").empty());
  repo.clock.advance(8 * kDay);
  const BackupId second = repo.backup({{"a", text}});
  for (int round = 0; round < 3; ++round) repo.collect();
  for (const std::string& name : packs) CHECK_MESSAGE(repo.locking->locked_until(name).has_value(), name);
  CHECK(to_text(repo.faults(second)) == "");
}

TEST_CASE("an index segment that names removed packs is replaced once, not at each collection, and removed when its lock ends") {
  Locked repo(LayoutKind::packed);
  // Each is larger than a pack, so that one pack is removed and the others, which the same segment names, stay.
  const std::string only_first(as_text(noise(17'000'000, 1))), shared(as_text(noise(17'000'000, 2)));
  const BackupId first = repo.backup({{"a", only_first}, {"b", shared}});
  const std::string old = repo.names("index/").at(0);
  const BackupId second = repo.backup({{"b", shared}});
  repo.layout->remove(first, repo.context);
  for (const auto& [name, end] : repo.locking->ends())
    if (!name.starts_with("index/")) repo.locking->unlock(name);
  std::uint64_t removed = 0;
  for (int round = 0; round < 3; ++round) removed += repo.collect().removed_packs;
  CHECK(removed > 0);
  const std::vector<std::string> segments = repo.names("index/");
  CHECK(std::ranges::find(segments, old) != segments.end());
  repo.collect();
  CHECK(repo.names("index/") == segments);
  repo.clock.advance(4 * kDay);
  const BackupId third = repo.backup({{"b", shared}});
  repo.collect(7 * kDay);  // the old one's object lock was not extended
  const std::vector<std::string> left = repo.names("index/");
  CHECK(std::ranges::find(left, old) == left.end());
  for (const std::string& name : left) CHECK_MESSAGE(repo.locking->locked_until(name).has_value(), name);
  for (const BackupId& id : {second, third}) CHECK(to_text(repo.faults(id)) == "");
  CHECK(to_text(repo.common_faults()) == "");
}

TEST_CASE("in a bucket that also locks session records, backups and collections work, and the records are removed when their locks end") {
  Locked repo(LayoutKind::packed);
  repo.locking->lock_all(true);
  const BackupId first = repo.backup({{"a", "1"}});
  const BackupId second = repo.backup({{"a", "2"}});
  for (int round = 0; round < 3; ++round) repo.collect();
  CHECK(repo.ids() == std::vector{second, first});
  repo.locking->lock_all(false);
  for (int round = 0; round < 3; ++round) repo.collect(20 * kDay);
  CHECK(repo.names("sessions/").empty());
  for (const BackupId& id : repo.ids()) CHECK(to_text(repo.faults(id)) == "");
}

TEST_CASE("the data key can be rotated where rings are locked; the older ring stays until its lock ends") {
  Locked repo(LayoutKind::packed);
  repo.backup({{"a", "1"}});
  repo.layout->rotate_data_key(repo.context);
  CHECK(repo.names("keys/ring-").size() == 2);
  repo.layout = std::make_unique<PackedLayout>(PackedPlace::open(repo.locking, read_format(*repo.locking), repo.key));
  repo.clock.advance(13 * kDay);
  const BackupId second = repo.backup({{"a", "2"}});
  CHECK(to_text(repo.faults(second)) == "");
  const std::vector<std::string> rings = repo.names("keys/ring-");
  CHECK(*repo.locking->locked_until(rings.back()) > *repo.locking->locked_until(rings.front()));
}

TEST_CASE("a locked backup of a plain repository can't be removed, stays whole, and expire keeps it and says until when") {
  Locked repo(LayoutKind::plain);
  const BackupId first = repo.backup({{"a", "1"}, {"b", "2"}});
  const BackupId second = repo.backup({{"a", "3"}});
  const auto before = repo.storage->objects();
  try {
    repo.layout->remove(first, repo.context);
    FAIL("it was removed");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::permission_denied);
    CHECK(error.message().find("locked until 2026-12-04T") != std::string::npos);
  }
  CHECK(repo.storage->objects() == before);
  Repository repository(std::move(repo.layout), builtin_drivers());
  const RetentionPolicy policy{.keep_last = 1};
  RetentionPlan plan = repository.expire(policy, repo.context);
  CHECK(plan.removed() == 0);
  REQUIRE(plan.decisions.size() == 2);
  CHECK(plan.decisions[1].reasons.at(0).find("locked until 2026-12-04T") != std::string::npos);
  CHECK(without_history(repo.storage->objects()) == before);
  repo.clock.advance(15 * kDay);
  plan = repository.expire(policy, repo.context);
  CHECK(plan.removed() == 1);
  CHECK(repository.list(repo.context).size() == 1);
  CHECK(repository.list(repo.context).front().id == second);
}

TEST_CASE("locked objects of a failed backup in a plain repository keep its session record, and are removed with it when the lock ends") {
  Locked repo(LayoutKind::plain);
  repo.locking->on_renewal([](const std::string& name) { throw Error(ErrorCode::permission_denied, name + ": may not be locked"); });
  CHECK(code_of([&] { repo.backup({{"a", "1"}}); }) == ErrorCode::permission_denied);
  CHECK(repo.ids().empty());
  CHECK_FALSE(repo.names("sessions/").empty());
  repo.clock.advance(2 * kDay);
  repo.layout->collect_leftovers(repo.context);
  CHECK_FALSE(repo.names("sessions/").empty());
  repo.clock.advance(20 * kDay);
  repo.layout->collect_leftovers(repo.context);
  CHECK(repo.names("sessions/").empty());
  CHECK(repo.names("backup_").empty());
}
