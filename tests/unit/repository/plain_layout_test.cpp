#include <doctest/doctest.h>

#include <thread>

#include "repository/names.hpp"
#include "support/plain_repository.hpp"
#include "support/streams.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

bool has_object(PlainRepository& repo, const std::string& name) { return repo.storage->objects().contains(name); }

}  // namespace

TEST_CASE("a backup returns what was put into it, encrypted or not, with any compression") {
  for (const bool encrypted : {false, true}) {
    for (const std::string& compression : std::vector<std::string>{"", "none", "zstd:3", "gzip:6", "lz4"}) {
      CAPTURE(encrypted);
      CAPTURE(compression);
      PlainRepository repo(encrypted);
      const std::string large = random_text((2U << 20) + 77, 1);
      const BackupId id =
          repo.backup({{"data/a", ""}, {"data/b", "x"}, {"large", large}}, {.tags = {{"env", "prod"}}, .compression = compression});
      CHECK(repo.read(id, "data/a") == "");
      CHECK(repo.read(id, "data/b") == "x");
      CHECK(repo.read(id, "large") == large);
      repo.reopen();
      const auto list = repo.layout->list(repo.context);
      REQUIRE(list.size() == 1);
      CHECK(list[0].tags == Notes{{"env", "prod"}});
      CHECK(list[0].entries == 3);
      CHECK(list[0].plain_bytes == large.size() + 1);
      CHECK(list[0].damage.empty());
      CHECK(to_text(repo.faults(id)) == "");
      CHECK(to_text(repo.common_faults()) == "");
    }
  }
}

TEST_CASE("object names are readable for people, and tell nothing in an encrypted repository") {
  PlainRepository open(false);
  const BackupId id = open.backup({{"data/public.orders/00001.copy", "x"}});
  CHECK(id == "backup_20261120_180001");
  CHECK(has_object(open, id + "/data/public.orders/00001.copy.zst"));
  CHECK(has_object(open, id + "/manifest.json"));
  CHECK(has_object(open, id + "/RESTORE.txt"));
  PlainRepository closed(true);
  closed.backup({{"data/public.orders/00001.copy", "secret-content"}});
  for (const auto& [name, bytes] : closed.storage->objects()) {
    CHECK(name.find("orders") == std::string::npos);
    if (name != "format") CHECK(as_text(bytes).find("orders") == std::string::npos);
  }
  CHECK(has_object(closed, id + "/entries/000001.zst.enc"));
}

TEST_CASE("a single stream is stored beside its manifest, with its suffix") {
  PlainRepository repo(false);
  const auto session = repo.layout->begin({}, repo.context);
  SourceInfo info = PlainRepository::source();
  info.single_stream = true;
  info.compression = "gzip:6";
  BackupWriter& writer = session->add_source(info);
  PlainRepository::fill(writer, {{".sql", "select 1;"}});
  CHECK(code_of([&] { writer.open({.name = ".more"}); }) == ErrorCode::invalid_state);
  const BackupId id = session->commit().id;
  CHECK(has_object(repo, id + ".sql.gz"));
  CHECK(has_object(repo, id + ".manifest.json"));
  CHECK(repo.storage->objects().size() == 3);  // and format
  CHECK(repo.ids() == std::vector{id});
  CHECK(repo.read(id, ".sql") == "select 1;");
  CHECK(to_text(repo.faults(id)) == "");
  repo.layout->remove(id, repo.context);
  CHECK(repo.storage->objects().size() == 1);
}

TEST_CASE("entries written by four threads at once are all stored") {
  PlainRepository repo(true);
  const auto session = repo.layout->begin({}, repo.context);
  BackupWriter& writer = session->add_source(PlainRepository::source());
  {
    std::vector<std::jthread> threads;
    for (unsigned thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&writer, thread] {
        for (unsigned number = 0; number < 25; ++number) {
          const std::string name = std::to_string(thread) + "/" + std::to_string(number);
          PlainRepository::fill(writer, {{name, random_text(number * 997, thread * 100 + number)}});
        }
      });
    }
  }
  const BackupId id = session->commit().id;
  repo.context.limits.jobs = 4;
  CHECK(repo.layout->manifest(id, repo.context)->entries.size() == 100);
  CHECK(to_text(repo.faults(id)) == "");
  CHECK(repo.read(id, "3/24") == random_text(24 * 997, 324));
}

TEST_CASE("a backup that is given up leaves nothing") {
  PlainRepository repo(false);
  const auto before = repo.storage->objects();
  {
    const auto session = repo.layout->begin({}, repo.context);
    PlainRepository::fill(session->add_source(PlainRepository::source()), {{"a", "x"}, {"b", "y"}});
    CHECK(repo.storage->objects().size() == before.size() + 3);
  }
  CHECK(repo.storage->objects() == before);
}

TEST_CASE("an aborted entry leaves no object, and an open entry prevents the commit") {
  PlainRepository repo(false);
  const auto session = repo.layout->begin({}, repo.context);
  BackupWriter& writer = session->add_source(PlainRepository::source());
  PlainRepository::fill(writer, {{"kept", "x"}});
  const std::size_t objects = repo.storage->objects().size();
  const auto aborted = writer.open({.name = "aborted"}), open = writer.open({.name = "open"});
  aborted->write(as_bytes("y"));
  aborted->abort();
  CHECK(code_of([&] { session->commit(); }) == ErrorCode::invalid_state);
  open->abort();
  CHECK(repo.storage->objects().size() == objects);
  const BackupId id = session->commit().id;
  CHECK(repo.layout->manifest(id, repo.context)->entries.size() == 1);
  CHECK(code_of([&] { writer.open({.name = "late"}); }) == ErrorCode::invalid_state);
}

TEST_CASE("two sessions in one second get two ids, even if the first is already committed") {
  PlainRepository repo(false);
  const auto first = repo.layout->begin({}, repo.context);
  const auto second = repo.layout->begin({}, repo.context);
  CHECK(first->id() == "backup_20261120_180000");
  CHECK(second->id() == "backup_20261120_180000_2");
  PlainRepository::fill(first->add_source(PlainRepository::source()), {{"a", "1"}});
  first->commit();
  const auto third = repo.layout->begin({}, repo.context);
  CHECK(third->id() == "backup_20261120_180000_3");
}

TEST_CASE("an id has the storage's time, whatever the writer's clock shows, so that no id is repeated") {
  PlainRepository repo(false);
  StandingClock wrong;
  repo.context.host.clock = &wrong;
  for (const auto off : {std::chrono::hours(-25), std::chrono::hours(49)}) {
    wrong.advance(off);
    repo.clock.advance(std::chrono::minutes(1));
    const BackupId id = repo.layout->begin({}, repo.context)->id();
    CHECK(id == backup_id(repo.clock.now(), 1));
  }
  CHECK(repo.storage->objects().size() == 1);
}

TEST_CASE("an id under which a dead writer left objects is not used again") {
  PlainRepository repo(false);
  repo.storage->set("backup_20261120_180000/data/a.zst", Bytes(3));
  CHECK(repo.layout->begin({}, repo.context)->id() == "backup_20261120_180000_2");
  CHECK(repo.storage->objects().size() == 2);
}

TEST_CASE("several sources get a folder each") {
  PlainRepository repo(false);
  const auto session = repo.layout->begin({}, repo.context);
  BackupWriter& one = session->add_source(PlainRepository::source("shop"));
  BackupWriter& two = session->add_source(PlainRepository::source("a b"));
  PlainRepository::fill(one, {{"same", "1"}});
  PlainRepository::fill(two, {{"same", "2"}, {".sql", "3"}});
  two.note("rows", "7");
  const BackupId id = session->commit().id;
  CHECK(has_object(repo, id + "/1-shop/same.zst"));
  CHECK(has_object(repo, id + "/2-a%20b/same.zst"));
  CHECK(has_object(repo, id + "/2-a%20b.sql.zst"));
  CHECK(repo.layout->manifest(id, repo.context)->sources[1].notes.at("rows") == "7");
}

TEST_CASE("an entry whose caller compressed it is stored as it is") {
  PlainRepository repo(false);
  const auto session = repo.layout->begin({}, repo.context);
  const auto entry = session->add_source(PlainRepository::source()).open({.name = "x.dump", .attributes = {{"compression", "none"}}});
  entry->write(as_bytes("bytes"));
  entry->note("rows", "1");
  entry->commit();
  const BackupId id = session->commit().id;
  CHECK(as_text(repo.storage->objects().at(id + "/x.dump")) == "bytes");
  CHECK(repo.layout->manifest(id, repo.context)->entries[0].attributes.at("rows") == "1");
}

TEST_CASE("removing a backup leaves the others whole and none of its own objects") {
  for (const bool encrypted : {false, true}) {
    PlainRepository repo(encrypted);
    const BackupId kept = repo.backup({{"a", "1"}});
    const auto before = repo.storage->objects();
    const BackupId gone = repo.backup({{"a", "1"}, {"b", "2"}});
    VerifyReport report{.id = gone, .level = VerifyLevel::full};
    repo.layout->record_proof(report, repo.context);
    repo.layout->remove(gone, repo.context);
    CHECK(repo.storage->objects() == before);
    CHECK(to_text(repo.faults(kept)) == "");
    CHECK(code_of([&] { repo.layout->remove(gone, repo.context); }) == ErrorCode::not_found);
    CHECK(code_of([&] { repo.layout->remove("../x", repo.context); }) == ErrorCode::not_found);
  }
}

TEST_CASE("a backup that is being written cannot be removed") {
  PlainRepository repo(false);
  const auto session = repo.layout->begin({}, repo.context);
  CHECK(code_of([&] { repo.layout->remove(session->id(), repo.context); }) == ErrorCode::conflict);
}

TEST_CASE("the best proof of a backup is listed, and one of another manifest is not") {
  PlainRepository repo(true);
  const BackupId id = repo.backup({{"a", "1"}});
  VerifyReport report{.id = id, .level = VerifyLevel::restore};
  report.proof.level = ProofLevel::content_equal;
  repo.layout->record_proof(report, repo.context);
  const TimePoint proven = repo.clock.now();
  repo.clock.advance(std::chrono::hours(1));
  repo.layout->record_proof({.id = id, .level = VerifyLevel::full}, repo.context);
  auto list = repo.layout->list(repo.context);
  CHECK(list.at(0).level == ProofLevel::content_equal);
  CHECK(list.at(0).proven == proven);
  CHECK(to_text(repo.common_faults()) == "");
}

TEST_CASE("the quick check finds every missing and cut object of a backup, not only the first") {
  PlainRepository repo(false);
  const BackupId id = repo.backup({{"a", "1"}, {"b", "2"}, {"c", "3"}});
  repo.storage->erase(id + "/a.zst");
  repo.storage->set(id + "/b.zst", Bytes(3));
  repo.storage->erase(id + "/RESTORE.txt");
  const auto faults = repo.faults(id, VerifyLevel::quick);
  REQUIRE(faults.size() == 3);
  CHECK(faults[0].object == id + "/RESTORE.txt");
  CHECK(faults[0].what == "is missing");
  CHECK(faults[1].object == id + "/a.zst");
  CHECK(faults[2].object == id + "/b.zst");
  CHECK(faults[2].what.find("3 bytes instead of") != std::string::npos);
}

TEST_CASE("a damaged manifest is listed with its damage, and its backup can be removed") {
  PlainRepository repo(false);
  const BackupId id = repo.backup({{"a", "1"}});
  repo.storage->set(id + "/manifest.json", Bytes(3));
  const auto list = repo.layout->list(repo.context);
  REQUIRE(list.size() == 1);
  CHECK(list[0].id == id);
  CHECK(list[0].damage.find(id + "/manifest.json") != std::string::npos);
  CHECK(code_of([&] { repo.layout->manifest(id, repo.context); }) == ErrorCode::corrupt);
  repo.layout->remove(id, repo.context);
  CHECK(repo.storage->objects().size() == 1);
}

TEST_CASE("a cancelled backup stops and leaves nothing") {
  PlainRepository repo(false);
  std::stop_source stop;
  repo.context.stop = stop.get_token();
  const auto before = repo.storage->objects();
  {
    const auto session = repo.layout->begin({}, repo.context);
    const auto entry = session->add_source(PlainRepository::source()).open({.name = "a"});
    stop.request_stop();
    CHECK(code_of([&] { entry->write(as_bytes("x")); }) == ErrorCode::cancelled);
  }
  CHECK(repo.storage->objects() == before);
}
