// Stops the writer, a removal and the collector before and after each of their storage operations, or runs another
// process at that point.

#include <doctest/doctest.h>

#include "repository/plain/objects.hpp"
#include "support/crash_points.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

using PlainWorld = Crashable<PlainRepository>;

// Runs `other` once, at operation number `point` of any kind.
class InBetween {
 public:
  InBetween(PlainRepository& repo, int point, std::function<void()> other) : repo_(repo), left_(point) {
    repo_.storage->set_hook([this, other = std::move(other)](const HookedStorage::Step&) {
      if (left_-- != 0) return;
      happened_ = true;
      other();
    });
  }
  ~InBetween() { repo_.storage->set_hook({}); }
  InBetween(const InBetween&) = delete;
  InBetween& operator=(const InBetween&) = delete;
  bool happened() const { return happened_; }

 private:
  PlainRepository& repo_;
  int left_;
  bool happened_ = false;
};

void check_whole(PlainRepository& repo, const std::vector<BackupId>& expected) {
  const auto listed = repo.ids();
  for (const BackupId& id : expected) CHECK(std::find(listed.begin(), listed.end(), id) != listed.end());
  for (const BackupId& id : listed) CHECK(to_text(repo.faults(id)) == "");
  CHECK(to_text(repo.common_faults()) == "");
}

// After a day all leftovers are removed, and nothing else.
void check_collectable(PlainRepository& repo) {
  repo.clock.advance(std::chrono::hours(25));
  const auto listed = repo.ids();
  repo.layout->collect_leftovers(repo.context);
  CHECK(repo.ids() == listed);
  check_whole(repo, listed);
  for (const auto& [name, bytes] : repo.storage->objects()) CHECK_MESSAGE(!name.starts_with("sessions/"), name);
  for (const BackupId& id : listed) repo.layout->remove(id, repo.context);
  for (const auto& [name, bytes] : repo.storage->objects()) {
    CHECK_MESSAGE((name == "format" || name.starts_with("keys/")), name);
  }
}

std::unique_ptr<BackupSession> filled_session(PlainRepository& repo) {
  auto session = repo.layout->begin({}, repo.context);
  PlainRepository::fill(session->add_source(PlainRepository::source()), {{"a", "1"}, {"b", "2"}});
  return session;
}

const auto collect_after_a_day = [](PlainRepository& repo) {
  repo.clock.advance(std::chrono::hours(25));
  repo.layout->collect_leftovers(repo.context);
};

}  // namespace

TEST_CASE("a crash at any effect of a backup leaves earlier backups whole, no torn one, and room for a new one") {
  for (const bool encrypted : {false, true}) {
    BackupId earlier;
    const auto points = for_each_crash_point(
        encrypted ? "a backup, encrypted" : "a backup",
        [&] {
          auto repo = std::make_unique<PlainWorld>(encrypted);
          earlier = repo->backup({{"a", "earlier"}});
          return repo;
        },
        [](PlainWorld& repo) {
          repo.backup({{"a", "1"}, {"b", "2"}});
        },
        [&](PlainWorld& repo) {
          check_whole(repo, {earlier});
          const BackupId later = repo.backup({{"a", "later"}});
          check_whole(repo, {earlier, later});
          check_collectable(repo);
        });
    CHECK(points > 10);
  }
}

TEST_CASE("a failure of any one operation of a backup is an error, and no torn backup is listed") {
  int point = 0;
  for (bool failed = true; failed; ++point) {
    CAPTURE(point);
    PlainRepository repo(false);
    const BackupId earlier = repo.backup({{"a", "earlier"}});
    {
      InBetween fail(repo, point, [] { throw Error(ErrorCode::network, "the network is gone", true); });
      try {
        repo.backup({{"a", "1"}, {"b", "2"}});
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::network);
        CHECK(repo.ids() == std::vector{earlier});
      }
      failed = fail.happened();
    }
    check_whole(repo, {earlier});
    check_collectable(repo);
  }
  CHECK(point > 20);
}

TEST_CASE("a crash at any effect of a removal leaves the backup whole or removed") {
  BackupId kept, gone;
  const auto points = for_each_crash_point(
      "a removal",
      [&] {
        auto repo = std::make_unique<PlainWorld>(false);
        kept = repo->backup({{"a", "kept"}});
        gone = repo->backup({{"a", "1"}, {"b", "2"}});
        repo->layout->record_proof({.id = gone, .level = VerifyLevel::full}, repo->context);
        return repo;
      },
      [&](PlainWorld& repo) { repo.layout->remove(gone, repo.context); },
      [&](PlainWorld& repo) {
        check_whole(repo, {kept});
        check_collectable(repo);
      });
  CHECK(points > 10);
}

TEST_CASE("a crash at any effect of the collector leaves all committed backups whole, and the next run continues") {
  BackupId kept;
  const auto points = for_each_crash_point(
      "a collection",
      [&] {
        auto repo = std::make_unique<PlainWorld>(false);
        kept = repo->backup({{"a", "kept"}});
        repo->light(8);
        CHECK_THROWS_AS(repo->backup({{"a", "1"}, {"b", "2"}}), Crash);
        repo->put_out();
        repo->clock.advance(std::chrono::hours(25));
        return repo;
      },
      [](PlainWorld& repo) { repo.layout->collect_leftovers(repo.context); },
      [&](PlainWorld& repo) {
        check_whole(repo, {kept});
        repo.clock.advance(std::chrono::hours(25));
        check_collectable(repo);
      });
  CHECK(points > 5);
}

TEST_CASE("a writer that sleeps for a day at any operation of its commit, while the collector runs, never commits a backup with holes") {
  int point = 0;
  bool some_failed = false;
  for (bool slept = true; slept; ++point) {
    CAPTURE(point);
    PlainRepository repo(false);
    const BackupId earlier = repo.backup({{"a", "earlier"}});
    auto session = filled_session(repo);
    {
      InBetween sleep(repo, point, [&repo] { collect_after_a_day(repo); });
      try {
        session->commit();
        check_whole(repo, {earlier, session->id()});
      } catch (const Error& error) {
        some_failed = true;
        CHECK(error.code() == ErrorCode::conflict);
        CHECK(repo.ids() == std::vector{earlier});
      }
      slept = sleep.happened();
    }
    session.reset();
    check_whole(repo, {earlier});
    check_collectable(repo);
  }
  CHECK(some_failed);
  CHECK(point > 10);
}

TEST_CASE("a writer that wakes up and commits at any operation of the collector never makes a backup with holes") {
  int point = 0;
  bool some_committed = false, some_failed = false;
  for (bool woke = true; woke; ++point) {
    CAPTURE(point);
    PlainRepository repo(false);
    const BackupId earlier = repo.backup({{"a", "earlier"}});
    auto session = filled_session(repo);
    repo.clock.advance(std::chrono::hours(25));
    std::vector<BackupId> expected{earlier};
    {
      InBetween wake(repo, point, [&] {
        try {
          session->commit();
          expected.push_back(session->id());
          some_committed = true;
        } catch (const Error& error) {
          CHECK(error.code() == ErrorCode::conflict);
          some_failed = true;
        }
      });
      repo.layout->collect_leftovers(repo.context);
      woke = wake.happened();
    }
    session.reset();
    check_whole(repo, expected);
    check_collectable(repo);
  }
  CHECK(some_committed);
  CHECK(some_failed);
  CHECK(point > 10);
}

TEST_CASE("a writer that works for days is not considered dead") {
  PlainRepository repo(false);
  auto session = repo.layout->begin({}, repo.context);
  BackupWriter& writer = session->add_source(PlainRepository::source());
  const auto entry = writer.open({.name = "slow"});
  for (int hour = 0; hour < 60; ++hour) {
    repo.clock.advance(std::chrono::hours(1));
    entry->write(as_bytes("x"));
    repo.layout->collect_leftovers(repo.context);
  }
  entry->commit();
  const BackupId id = session->commit().id;
  check_whole(repo, {id});
  CHECK(repo.read(id, "slow") == std::string(60, 'x'));
  for (const auto& [name, bytes] : repo.storage->objects()) CHECK(!name.starts_with("sessions/"));
}

TEST_CASE("a repository whose creation crashed at any effect can be created again") {
  struct Nothing {
    Nothing() { context.host.clock = &clock; }
    StandingClock clock;
    Context context;
    std::shared_ptr<HookedStorage> storage = std::make_shared<HookedStorage>(clock);
  };
  const auto create = [](Nothing& world) { PlainPlace::create(world.storage, test_key(), world.context, kCheap); };
  const auto points = for_each_crash_point(
      "a creation", [] { return std::make_unique<Crashable<Nothing>>(); }, create,
      [&](Nothing& world) {
        if (!world.storage->stat("format")) create(world);
        PlainLayout layout(PlainPlace::open(world.storage, test_key()));
        VerifyReport report;
        layout.verify_common(VerifyLevel::full, report, world.context);
        CHECK(to_text(report.faults) == "");
      });
  CHECK(points == 4);
}

TEST_CASE("an id whose fence a dead collector left behind is not used again") {
  PlainRepository repo(false);
  const BackupId id = "backup_20261120_180001";
  put_session_part(*PlainPlace::open(repo.storage, repo.key), id, "collect", "collect", repo.context);
  CHECK(repo.backup({{"a", "1"}}) == id + "_2");
}

TEST_CASE("an object that somebody put in a fence's place does not block an id") {
  PlainRepository repo(false);
  repo.storage->set("sessions/backup_20261120_180001.collect.json", {});
  CHECK(repo.backup({{"a", "1"}}) == "backup_20261120_180001");
}
