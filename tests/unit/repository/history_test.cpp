// The history: the records that operations leave in the repository, folded into few objects, and expiring.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>

#include "holdfast/history.hpp"
#include "holdfast/host.hpp"
#include "repository/history.hpp"
#include "support/opened_repository.hpp"
#include "support/packed_repository.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

OperationRecord history_record(TimePoint ended, int number) {
  OperationRecord record;
  char id[13];
  std::snprintf(id, sizeof id, "%012x", static_cast<unsigned>(number));
  record.id = id;
  record.operation = "backup";
  record.series = "shop";
  record.sources = {"test:shop"};
  record.backups = {"backup_20261120_180411_4f1c9a02"};
  record.started = ended - std::chrono::seconds(3);
  record.ended = ended;
  record.seconds = 3.25;
  record.outcome = Outcome::failed;
  record.error = ErrorCode::no_space;
  record.message = "the disk is \"full\"\n\x01 \xff" + std::string(5000, 'x');
  record.counts = {{"entries", 1}, {"warnings", 2}};
  return record;
}

template <typename Kind>
struct HistoryOf {
  std::size_t objects() const {
    return std::ranges::count_if(at.repo.storage->objects(), [](const auto& object) { return object.first.starts_with("history/"); });
  }
  /// Calls `hook` before each operation of the storage.
  void before(const std::function<void(const std::string& operation, const std::string& object)>& hook) {
    at.repo.storage->set_hook([hook](const HookedStorage::Step& step) {
      if (step.when == HookedStorage::When::before) hook(step.operation, step.object);
    });
  }
  void keep(int number) {
    at.repo.clock.advance(std::chrono::minutes(1));
    keep_in_history(at.repository.layout(), history_record(at.repo.clock.now(), number), at.repo.context);
  }
  std::vector<OperationRecord> read() { return read_history(at.repository, at.repo.context); }
  OpenedRepository<Kind> at;
};

class UnreachableSource final : public Source {
 public:
  SourceInfo describe(Context&) override { throw Error(ErrorCode::network, "no route to the server"); }
  void backup(BackupWriter&, Context&) override {}
};

class TextOnce final : public Source {
 public:
  SourceInfo describe(Context&) override { return TestRepository::source(); }
  void backup(BackupWriter& out, Context&) override { TestRepository::fill(out, {{"a", "text"}}); }
};

}  // namespace

TEST_CASE_TEMPLATE("the history gives back what an operation reported", Kind, PackedRepository, PlainRepository) {
  HistoryOf<Kind> world;
  world.keep(1);
  const std::vector<OperationRecord> records = world.read();
  REQUIRE(records.size() == 1);
  const OperationRecord &read = records.front(), put = history_record(world.at.repo.clock.now(), 1);
  CHECK(read.id == put.id);
  CHECK(read.operation == put.operation);
  CHECK(read.repository_id == world.at.repository.info().id);
  CHECK(read.sources == put.sources);
  CHECK(read.series == "shop");
  CHECK(read.backups == put.backups);
  CHECK(read.started == put.started);
  CHECK(read.ended == put.ended);
  CHECK(read.seconds == 3.25);
  CHECK(read.outcome == Outcome::failed);
  CHECK(read.error == ErrorCode::no_space);
  CHECK(read.message.starts_with("the disk is \"full\"\n\x01 \xEF\xBF\xBDxxx"));
  CHECK(read.message.size() <= 4096);
  CHECK(read.counts.of("warnings") == 2);
}

TEST_CASE_TEMPLATE("an operation that fails before its source tells its name is in the history, and the result stays as it is", Kind,
                   PackedRepository, PlainRepository) {
  HistoryOf<Kind> world;
  UnreachableSource source;
  CHECK(code_of([&] {
          backup_sources(world.at.repository, {&source}, {.tags = {{"series", "shop"}}}, world.at.repo.context);
        }) == ErrorCode::network);
  const BackupId id = back_up(world.at.repository, world.at.repo.context, {{"a", "text"}});
  world.at.repository.verify(id, {.level = VerifyLevel::quick}, world.at.repo.context);
  world.at.repository.verify(id, {.level = VerifyLevel::full}, world.at.repo.context);
  const std::vector<OperationRecord> records = world.read();
  REQUIRE(records.size() == 3);  // not the quick one, which found nothing
  const auto failed = std::ranges::find(records, Outcome::failed, &OperationRecord::outcome);
  REQUIRE(failed != records.end());
  CHECK(failed->series == "shop");
  CHECK(failed->error == ErrorCode::network);
  CHECK(std::ranges::count(records, "verify", &OperationRecord::operation) == 1);
  const auto made = std::ranges::find_if(
      records, [](const OperationRecord& record) { return record.operation == "backup" && record.outcome == Outcome::succeeded; });
  REQUIRE(made != records.end());
  CHECK(made->backups == std::vector<std::string>{id});
  CHECK(made->series == "test:shop");
}

TEST_CASE("a backup succeeds although its record can't be put, and says so") {
  HistoryOf<PackedRepository> world;
  world.before([](const std::string& operation, const std::string& object) {
    if (operation == "put" && object.starts_with("history/")) throw Error(ErrorCode::permission_denied, "no right to put");
  });
  back_up(world.at.repository, world.at.repo.context, {{"a", "text"}});
  CHECK(world.at.repo.context.warnings() == 1);
  world.at.repo.storage->set_hook({});
  CHECK(world.at.repository.list(world.at.repo.context).size() == 1);
}

TEST_CASE("an operation that failed at a storage without an answer does not wait for it once more") {
  HistoryOf<PackedRepository> world;
  std::size_t puts = 0;
  world.before([&](const std::string& operation, const std::string& object) {
    if (operation != "put") return;
    puts += object.starts_with("history/") ? 1 : 0;
    throw Error(ErrorCode::timeout, "no answer");
  });
  TextOnce source;
  CHECK(code_of([&] { backup_sources(world.at.repository, {&source}, {}, world.at.repo.context); }) == ErrorCode::timeout);
  CHECK(puts == 0);
}

TEST_CASE_TEMPLATE("many records are folded into few objects, and none is lost or doubled", Kind, PackedRepository, PlainRepository) {
  HistoryOf<Kind> world;
  for (int number = 0; number < 300; ++number) world.keep(number);
  CHECK(world.objects() < 70);
  const std::vector<OperationRecord> records = world.read();
  REQUIRE(records.size() == 300);
  for (int number = 0; number < 300; ++number) CHECK(records[number].id == history_record({}, number).id);
}

TEST_CASE("where nothing may be removed, records are neither lost nor doubled, and few objects are read") {
  HistoryOf<PackedRepository> world;
  world.before([](const std::string& operation, const std::string&) {
    if (operation == "remove") throw Error(ErrorCode::permission_denied, "append only");
  });
  for (int number = 0; number < 300; ++number) world.keep(number);
  CHECK(world.at.repo.context.warnings() == 0);
  std::size_t reads = 0;
  world.before([&](const std::string& operation, const std::string&) { reads += operation == "read" ? 1 : 0; });
  CHECK(world.read().size() == 300);
  CHECK(reads <= 64 + 300 / 64);
}

TEST_CASE("a host whose clock jumped ahead expires nobody's records") {
  HistoryOf<PackedRepository> world;
  world.keep(0);
  const TimePoint ahead = world.at.repo.clock.now() + std::chrono::days(3000);
  keep_in_history(world.at.repository.layout(), history_record(ahead, 1), world.at.repo.context);
  for (int number = 2; number < 130; ++number) world.keep(number);
  CHECK(world.read().size() == 130);
}

TEST_CASE("records expire after 400 days") {
  HistoryOf<PackedRepository> world;
  for (int number = 0; number < 100; ++number) world.keep(number);
  world.at.repo.clock.advance(std::chrono::days(399));
  for (int number = 100; number < 200; ++number) world.keep(number);
  CHECK(world.read().size() == 200);
  world.at.repo.clock.advance(std::chrono::days(2));
  for (int number = 200; number < 300; ++number) world.keep(number);
  const std::vector<OperationRecord> records = world.read();
  CHECK(records.size() == 200);
  CHECK(records.front().id == history_record({}, 100).id);
}

TEST_CASE_TEMPLATE("somebody without the key can't add to the history, and verify names what was put", Kind, PackedRepository,
                   PlainRepository) {
  HistoryOf<Kind> world;
  world.keep(1);
  const std::string junk = world.at.repository.layout().history_object("history/20261120T180000000000-1-0123456789ab");
  world.at.repo.storage->put_new(junk, as_bytes("junk"));
  CHECK(world.read().size() == 1);
  CHECK(world.at.repo.context.warnings() == 1);
  const auto faults = world.at.repository.verify_repository(VerifyLevel::full, world.at.repo.context).faults;
  REQUIRE(faults.size() == 1);
  CHECK(faults.front().object == junk);
}

TEST_CASE("a reader that finds a listed object folded lists again") {
  HistoryOf<PackedRepository> world;
  for (int number = 0; number < 62; ++number) world.keep(number);
  bool folded = false;
  world.before([&](const std::string& operation, const std::string& object) {
    if (folded || operation != "read" || !object.starts_with("history/")) return;
    folded = true;
    for (int number = 62; number < 66; ++number) world.keep(number);
  });
  CHECK(world.read().size() >= 64);
  CHECK(folded);
}

TEST_CASE("garbage collection leaves the history alone") {
  HistoryOf<PackedRepository> world;
  for (int number = 0; number < 10; ++number) world.keep(number);
  world.at.repository.collect_garbage({.grace = std::chrono::seconds(0)}, world.at.repo.context);
  CHECK(world.read().size() == 11);  // and its own
}
