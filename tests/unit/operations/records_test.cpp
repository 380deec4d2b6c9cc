// The records that an operation emits when it begins and ends: metrics, audit and notifications depend only on them.

#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "holdfast/host.hpp"
#include "holdfast/quota.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/retrying.hpp"
#include "support/opened_repository.hpp"
#include "support/packed_repository.hpp"
#include "support/storage_double.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

struct Records final : EventSink {
  void on_event(const Event& event) noexcept override {
    all.push_back(event);
    if (event.kind == EventKind::begun) begun.push_back(*event.record);
    if (event.kind == EventKind::ended) ended.push_back(*event.record);
  }
  std::vector<Event> all;
  std::vector<OperationRecord> begun, ended;
};

struct Recorded {
  Recorded() { context().events = &records; }
  Context& context() { return at.repo.context; }
  /// Returns the only operation since the last call.
  OperationRecord last() {
    REQUIRE(records.begun.size() == 1);
    REQUIRE(records.ended.size() == 1);
    const OperationRecord record = records.ended.front();
    CHECK(records.all.front().kind == EventKind::begun);
    CHECK(records.all.back().kind == EventKind::ended);
    for (const Event& event : records.all) CHECK(event.operation == record.id);
    CHECK(records.begun.front().id == record.id);
    CHECK(records.begun.front().operation == record.operation);
    CHECK(records.begun.front().outcome == Outcome::running);
    CHECK(record.id.size() == 12);
    CHECK(record.repository_id == at.repository.info().id);
    CHECK(record.ended >= record.started);
    records = {};
    return record;
  }

  OpenedRepository<PackedRepository> at;
  Records records;
};

class FailingSource final : public Source {
 public:
  SourceInfo describe(Context&) override { return {.record = {.uri = "failing:", .driver = "test", .name = "failing"}}; }
  void backup(BackupWriter&, Context& context) override {
    context.warn("about to fail");
    throw Error(ErrorCode::source, "the server went away");
  }
};

}  // namespace

TEST_CASE("each operation is recorded once, with its outcome, its backups and its counts") {
  Recorded world;
  const BackupId id = back_up(world.at.repository, world.context(), {{"a", "text"}});
  const OperationRecord made = world.last();
  CHECK(made.operation == "backup");
  CHECK(made.outcome == Outcome::succeeded);
  CHECK(made.backups == std::vector<std::string>{id});
  CHECK(made.sources.size() == 1);
  CHECK(made.counts.of("entries") == 1);
  CHECK(made.counts.of("plain_bytes") == 4);
  CHECK(made.counts.of("stored_bytes") > 0);

  world.at.repository.verify(id, {.level = VerifyLevel::full}, world.context());
  const OperationRecord verified = world.last();
  CHECK(verified.operation == "verify");
  CHECK(verified.outcome == Outcome::succeeded);
  CHECK(verified.counts.of("objects") > 0);
  CHECK(verified.id != made.id);

  world.at.repository.verify_all(VerifyLevel::quick, world.context());
  CHECK(world.last().operation == "verify_all");
  world.at.repository.collect_garbage({.dry_run = true}, world.context());
  CHECK(world.last().operation == "gc_dry_run");
  world.at.repository.remove(id, world.context());
  const OperationRecord removed = world.last();
  CHECK(removed.operation == "remove");
  CHECK(removed.backups == std::vector<std::string>{id});
  world.at.repository.undo_remove(id, world.context());
  CHECK(world.last().operation == "undo_remove");
  world.at.repository.rotate_data_key(world.context());
  CHECK(world.last().operation == "rotate_data_key");
}

TEST_CASE("an expiry names what it removed, and is one operation") {
  Recorded world;
  const BackupId first = back_up(world.at.repository, world.context(), {{"a", "1"}});
  world.at.repo.clock.advance(std::chrono::hours(24));
  back_up(world.at.repository, world.context(), {{"a", "2"}});
  world.records = {};
  world.at.repository.expire({.keep_last = 1}, world.context());
  const OperationRecord expired = world.last();
  CHECK(expired.operation == "expire");
  CHECK(expired.backups == std::vector<std::string>{first});
  CHECK(expired.counts.of("removed") == 1);
  CHECK(expired.counts.of("kept") == 1);
}

TEST_CASE("a failure is recorded with its code and line, after the warnings before it") {
  Recorded world;
  FailingSource source;
  CHECK(code_of([&] { backup_sources(world.at.repository, {&source}, {}, world.context()); }) == ErrorCode::source);
  const OperationRecord failed = world.last();
  CHECK(failed.outcome == Outcome::failed);
  CHECK(failed.error == ErrorCode::source);
  CHECK(failed.message == "failing: the server went away");
  CHECK(failed.sources == std::vector<std::string>{"failing:"});
  CHECK(failed.counts.of("warnings") == 1);
  CHECK(code_of([&] { world.at.repository.backup({"nothing:x"}, {}, world.context()); }) == ErrorCode::invalid_argument);
  CHECK(world.last().outcome == Outcome::failed);
}

TEST_CASE("a verification that finds faults has an outcome of its own") {
  Recorded world;
  const BackupId id = back_up(world.at.repository, world.context(), {{"a", "text"}});
  for (const std::string& pack : world.at.repo.names("packs/")) world.at.repo.storage->erase(pack);
  world.records = {};
  CHECK(!world.at.repository.verify(id, {}, world.context()).ok());
  const OperationRecord record = world.last();
  CHECK(record.outcome == Outcome::faults);
  CHECK(record.counts.of("faults") > 0);
}

TEST_CASE("retries of requests to the storage are counted in the record of their operation") {
  const StandingClock clock;
  const auto hooked = std::make_shared<HookedStorage>(clock);
  const auto retrying = retrying_storage(hooked, {.stop = {}, .wait = [](std::chrono::milliseconds) {}});
  Records records;
  Context context;
  context.events = &records;
  Repository repository = create_repository(quota_storage(retrying, {.limit_bytes = 1U << 30, .warn = {}}), {.key = test_key()}, context);
  for (const std::uint64_t failures : {3, 0, 1}) {
    std::uint64_t left = failures;
    hooked->set_hook([&](const HookedStorage::Step& step) {
      if (step.when == HookedStorage::When::before && step.operation == "list" && left > 0 && left-- > 0)
        throw Error(ErrorCode::network, "the connection broke", true);
    });
    records = {};
    repository.verify_repository(VerifyLevel::quick, context);
    REQUIRE(records.ended.size() == 1);
    CHECK(records.ended.front().counts.of("retries") == failures);
  }
}

TEST_CASE("operations that run at once on one repository count their own retries only") {
  const StandingClock clock;
  const auto hooked = std::make_shared<HookedStorage>(clock);
  Records first, second;
  Context context;
  context.events = &first;
  Repository repository =
      create_repository(retrying_storage(hooked, {.stop = {}, .wait = [](std::chrono::milliseconds) {}}), {.key = test_key()}, context);
  std::atomic<bool> begun = false, over = false;
  std::atomic<int> failures = 3;
  const auto this_thread = std::this_thread::get_id();
  hooked->set_hook([&](const HookedStorage::Step& step) {
    if (step.when != HookedStorage::When::before || step.operation != "list") return;
    if (std::this_thread::get_id() != this_thread) {
      begun = true;
      begun.notify_all();
      over.wait(false);
    } else if (failures > 0) {
      --failures;
      throw Error(ErrorCode::network, "the connection broke", true);
    }
  });
  std::jthread other([&] {
    Context own;
    own.events = &second;
    repository.verify_repository(VerifyLevel::quick, own);
  });
  begun.wait(false);
  repository.verify_repository(VerifyLevel::quick, context);
  over = true;
  over.notify_all();
  other.join();
  CHECK(failures == 0);
  CHECK(first.ended.back().counts.of("retries") == 3);
  CHECK(second.ended.back().counts.of("retries") == 0);
}

TEST_CASE("retries of a backup that a host fills count for it, on whichever thread they happen") {
  for (const LayoutKind layout : {LayoutKind::packed, LayoutKind::plain}) {
    const StandingClock clock;
    const auto hooked = std::make_shared<HookedStorage>(clock);
    Records records;
    Context context;
    context.events = &records;
    Repository repository = create_repository(retrying_storage(hooked, {.stop = {}, .wait = [](std::chrono::milliseconds) {}}),
                                              {.key = test_key(), .layout = layout}, context);
    std::set<std::string> failed;
    std::mutex mutex;
    hooked->set_hook([&](const HookedStorage::Step& step) {
      const std::lock_guard lock(mutex);
      if (step.when == HookedStorage::When::before && step.effect() && failed.insert(step.object).second)
        throw Error(ErrorCode::network, "the connection broke", true);
    });
    const auto session = repository.begin({}, context);
    BackupWriter& writer = session->add_source(TestRepository::source());
    std::jthread([&] { TestRepository::fill(writer, {{"x", std::string(3U << 20, 'x')}}); }).join();
    const std::set<std::string> before = failed;
    const auto unrelated = repository.begin({}, context);
    std::set<std::string> not_ours = failed;
    std::erase_if(not_ours, [&](const std::string& name) { return before.contains(name); });
    session->commit();
    const std::lock_guard lock(mutex);
    // The record in the history is put after the count.
    std::erase_if(failed, [&](const std::string& name) { return name.starts_with("history/") || not_ours.contains(name); });
    CHECK(failed.size() > 2);
    CHECK(records.ended.back().counts.of("retries") == failed.size());
  }
}

TEST_CASE("a cancel is recorded as cancelled") {
  Recorded world;
  std::stop_source stop;
  world.context().stop = stop.get_token();
  stop.request_stop();
  CHECK(code_of([&] { back_up(world.at.repository, world.context(), {{"a", "1"}}); }) == ErrorCode::cancelled);
  CHECK(world.last().outcome == Outcome::cancelled);
}

TEST_CASE("a backup that a host fills is recorded when it is committed, or given up") {
  Recorded world;
  for (const bool commit : {true, false}) {
    {
      const auto session = world.at.repository.begin({}, world.context());
      TestRepository::fill(session->add_source(TestRepository::source()), {{"x", "1234"}});
      CHECK(world.records.ended.empty());
      if (commit) session->commit();
    }
    const OperationRecord record = world.last();
    CHECK(record.operation == "backup");
    CHECK(record.outcome == (commit ? Outcome::succeeded : Outcome::failed));
    CHECK(record.backups.size() == 1);
    CHECK(record.sources == std::vector<std::string>{TestRepository::source().record.uri});
  }
}

TEST_CASE("without a listener nothing is recorded, and no random bytes are drawn") {
  Recorded world;
  world.context().events = nullptr;
  struct Dry final : Random {
    void fill(std::span<std::byte>) override { throw Error(ErrorCode::internal, "no entropy"); }
  } dry;
  world.context().host.random = &dry;
  CHECK(world.at.repository.verify_all(VerifyLevel::quick, world.context()).size() == 1);
}
