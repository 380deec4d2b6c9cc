// Entries that a backup reuses from an earlier one without reading them: BackupWriter::previous and reuse.

#include <doctest/doctest.h>

#include "support/packed_repository.hpp"
#include "support/streams.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

bool is_shop(const SourceRecord& source) { return source.name == "shop"; }
bool anything(const SourceRecord&) { return true; }

/// A repository with one backup of the entry "big", and a session of the next backup.
struct Reuse : PackedRepository {
  Reuse() {
    first = backup({{"big", big}});
    clock.advance(std::chrono::seconds(1));
  }
  BackupWriter& begin() {
    session = layout->begin({}, context);
    return session->add_source(source());
  }
  std::unique_ptr<EntryWriter> take_over(BackupWriter& writer) {
    const auto view = writer.previous(is_shop);
    REQUIRE(view);
    return writer.reuse(*view->find("big"));
  }

  const std::string big = random_text(3'000'000, 1);
  BackupId first;
  std::unique_ptr<BackupSession> session;
};

}  // namespace

TEST_CASE("a reused entry is whole, stores almost nothing, and outlives its original backup") {
  Reuse repo;
  BackupWriter& writer = repo.begin();
  const auto entry = repo.take_over(writer);
  REQUIRE(entry);
  entry->note("live", "7");
  entry->commit();
  const BackupInfo second = repo.session->commit();
  CHECK(second.plain_bytes == repo.big.size());
  CHECK(second.stored_bytes < 10'000);
  CHECK(repo.layout->manifest(second.id, repo.context)->entries.at(0).attributes.at("live") == "7");
  repo.layout->remove(repo.first, repo.context);
  for (int i = 0; i < 3; ++i) repo.collect();
  repo.reopen();
  CHECK(repo.read(second.id, "big") == repo.big);
  CHECK(to_text(repo.faults(second.id)) == "");
}

TEST_CASE("a reused entry accepts no bytes, and counts like a written one: once, and not if it is aborted") {
  Reuse repo;
  BackupWriter& writer = repo.begin();
  const auto entry = repo.take_over(writer);
  CHECK(code_of([&] { repo.take_over(writer); }) == ErrorCode::invalid_argument);
  CHECK(code_of([&] { entry->write(as_bytes("more")); }) == ErrorCode::invalid_state);
  CHECK(code_of([&] { repo.session->commit(); }) == ErrorCode::invalid_state);
  entry->abort();
  CHECK(repo.layout->manifest(repo.session->commit().id, repo.context)->entries.empty());
}

TEST_CASE("the newest earlier backup of the same source is found, and no removed one") {
  Reuse repo;
  repo.clock.advance(std::chrono::seconds(1));
  const BackupId newer = repo.backup({{"big", "newer"}});
  CHECK(repo.begin().previous(is_shop)->manifest().id == newer);
  repo.layout->remove(newer, repo.context);
  CHECK(repo.begin().previous(is_shop)->manifest().id == repo.first);
  CHECK_FALSE(repo.begin().previous([](const SourceRecord&) { return false; }));
  repo.layout->remove(repo.first, repo.context);
  CHECK_FALSE(repo.begin().previous(anything));
}

TEST_CASE("an entry whose packs are lost is not reused, even if its backup can be read") {
  Reuse repo;
  const std::set<std::string> packs = repo.names("packs/");
  repo.backup({{"big", repo.big}, {"other", "x"}});
  for (const std::string& pack : packs) repo.storage->erase(pack);
  CHECK_FALSE(repo.take_over(repo.begin()));
}

// A collector that marked the packs before that backup was committed would remove them as soon as it is removed,
// however many backups refer to them by then.
TEST_CASE("an entry in marked packs is not reused, even if a backup needs them") {
  Reuse repo;
  const auto slow = repo.layout->begin({}, repo.context);
  BackupWriter& writer = slow->add_source(Reuse::source());
  Reuse::fill(writer, {{"big", repo.big}});
  repo.layout->remove(repo.first, repo.context);
  const auto diary = writer.open({.name = "diary", .kind = "text", .restore_with = {}});
  for (int hour = 0; hour < 26; ++hour) {  // it stays alive until the removed backup may be collected
    repo.clock.advance(std::chrono::hours(1));
    diary->write(as_bytes("."));
  }
  diary->commit();
  CHECK(repo.layout->collect_garbage({}, repo.context).marked_packs > 0);
  slow->commit();

  CHECK_FALSE(repo.take_over(repo.begin()));
  Reuse::fill(repo.session->add_source(Reuse::source("other")), {{"big", repo.big}});
  const BackupId last = repo.session->commit().id;
  repo.layout->remove(slow->id(), repo.context);
  for (int i = 0; i < 3; ++i) repo.collect();
  repo.reopen();
  CHECK(repo.read(last, "big") == repo.big);
  CHECK(to_text(repo.faults(last)) == "");
}

TEST_CASE("after a cut, equal bytes are found at any position") {
  PackedRepository repo;
  const std::string same = random_text(300'000, 2);
  const auto session = repo.layout->begin({}, repo.context);
  BackupWriter& writer = session->add_source(PackedRepository::source());
  for (const char* name : {"a", "b"}) {
    const auto entry = writer.open({.name = name, .kind = "text", .restore_with = {}});
    entry->write(as_bytes(random_text(name[0] == 'a' ? 5000 : 99'999, 3)));
    entry->cut();
    entry->write(as_bytes(same));
    entry->cut();
    entry->commit();
  }
  const BackupInfo info = session->commit();
  CHECK(repo.read(info.id, "a") == random_text(5000, 3) + same);
  CHECK(info.stored_bytes < 300'000);  // 5 of 8 bits per letter, and it is stored once
}
