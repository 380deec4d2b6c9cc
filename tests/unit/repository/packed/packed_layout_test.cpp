// The packed layout from its users' view, and its promises about deduplication and garbage.

#include <doctest/doctest.h>

#include "repository/packed/chunk_store.hpp"
#include "repository/packed/marks.hpp"
#include "support/packed_repository.hpp"
#include "support/streams.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

std::uint64_t stored_bytes(const PackedRepository& repo) {
  std::uint64_t sum = 0;
  for (const auto& [name, bytes] : repo.storage->objects()) sum += bytes.size();
  return sum;
}

void check_whole(PackedRepository& repo) {
  for (const BackupId& id : repo.ids()) CHECK(to_text(repo.faults(id)) == "");
  CHECK(to_text(repo.common_faults()) == "");
}

}  // namespace

TEST_CASE("a packed backup returns what was put into it, encrypted or not, in all sizes") {
  for (const bool encrypted : {true, false}) {
    PackedRepository repo(encrypted);
    const std::vector<std::pair<std::string, std::string>> entries{{"empty", ""},
                                                                   {"one", "x"},
                                                                   {"small", random_text(1000, 1)},
                                                                   {"chunks", random_text(9'000'000, 2)},
                                                                   {"same", random_text(1000, 1)}};
    const BackupId id = repo.backup(entries);
    for (const auto& [name, text] : entries) CHECK(repo.read(id, name) == text);
    check_whole(repo);
    repo.reopen();
    for (const auto& [name, text] : entries) CHECK(repo.read(id, name) == text);
    CHECK(repo.count("sessions/") == 0);
  }
}

TEST_CASE("a backup of nothing is a backup") {
  PackedRepository repo;
  const BackupId id = repo.backup({});
  CHECK(repo.ids() == std::vector{id});
  check_whole(repo);
}

TEST_CASE("what did not change is stored once") {
  PackedRepository repo;
  const std::string big = random_text(12'000'000, 3);
  repo.backup({{"big", big}, {"other", "1"}});
  const std::uint64_t first = stored_bytes(repo);
  const BackupId second = repo.backup({{"big", big}, {"other", "1"}});
  CHECK(stored_bytes(repo) - first < first / 200);
  const std::uint64_t before = stored_bytes(repo);
  std::string changed = big;
  changed.insert(6'000'000, "something new in the middle");
  const BackupId third = repo.backup({{"big", changed}});
  CHECK(stored_bytes(repo) - before < first / 4);
  CHECK(repo.read(second, "big") == big);
  CHECK(repo.read(third, "big") == changed);
  check_whole(repo);
}

TEST_CASE("a removed backup is not listed, can be brought back, and is freed after two grace periods") {
  PackedRepository repo;
  const BackupId kept = repo.backup({{"a", "kept"}, {"b", random_text(100'000, 4)}});
  const BackupId gone = repo.backup({{"a", random_text(3'000'000, 5)}});
  repo.layout->remove(gone, repo.context);
  CHECK(repo.ids() == std::vector{kept});
  CHECK(code_of([&] { repo.layout->remove(gone, repo.context); }) == ErrorCode::not_found);
  CHECK(code_of([&] { repo.layout->manifest(gone, repo.context); }) == ErrorCode::not_found);

  repo.layout->undo_remove(gone, repo.context);
  CHECK(repo.ids() == std::vector{gone, kept});
  CHECK(code_of([&] { repo.layout->undo_remove(gone, repo.context); }) == ErrorCode::not_found);
  check_whole(repo);

  repo.layout->remove(gone, repo.context);
  CHECK(repo.layout->collect_garbage({}, repo.context).backups == 0);  // too early
  const std::size_t packs = repo.count("packs/");
  const GarbageReport marked = repo.collect();
  CHECK(marked.backups == 1);
  CHECK(marked.marked_packs == 1);
  CHECK(marked.removed_packs == 0);
  CHECK(repo.count("packs/") == packs);
  CHECK(code_of([&] { repo.layout->undo_remove(gone, repo.context); }) == ErrorCode::conflict);
  const GarbageReport swept = repo.collect();
  CHECK(swept.removed_packs == 1);
  CHECK(repo.count("packs/") == packs - 1);
  CHECK(repo.collect().waiting == 0);
  CHECK(repo.ids() == std::vector{kept});
  CHECK(repo.read(kept, "a") == "kept");
  check_whole(repo);
}

TEST_CASE("a pack of which only a small part is needed is repacked") {
  PackedRepository repo;
  const std::string shared = random_text(50'000, 6);
  std::vector<std::pair<std::string, std::string>> entries{{"shared", shared}};
  for (int i = 0; i < 8; ++i) entries.emplace_back("only here " + std::to_string(i), random_text(60'000, 100 + static_cast<unsigned>(i)));
  const BackupId first = repo.backup(entries);
  const BackupId second = repo.backup({{"shared", shared}});
  repo.layout->remove(first, repo.context);
  std::uint64_t copied = 0;
  for (int round = 0; round < 3; ++round) copied += repo.collect().copied_chunks;
  CHECK(copied >= 1);
  CHECK(repo.read(second, "shared") == shared);
  check_whole(repo);
  CHECK(stored_bytes(repo) < 100'000);
}

TEST_CASE("a pack that a backup needs stays in the index while it is missing, however often garbage is collected") {
  PackedRepository repo;
  const std::string text = random_text(500'000, 8);
  const BackupId first = repo.backup({{"a", text}});
  const std::set<std::string> away = repo.names("packs/");
  const BackupId second = repo.backup({{"a", text}, {"b", "new"}});
  repo.layout->remove(first, repo.context);
  repo.collect();
  std::map<std::string, Bytes> kept = repo.storage->objects();
  for (const std::string& name : away) repo.storage->erase(name);
  for (int round = 0; round < 3; ++round) repo.collect();
  for (const std::string& name : away) repo.storage->set(name, kept.at(name));
  repo.reopen();
  CHECK(repo.read(second, "a") == text);
  check_whole(repo);
}

TEST_CASE("chunks in a marked pack are stored again, and the pack is removed") {
  PackedRepository repo;
  const std::string text = random_text(500'000, 7);
  const BackupId first = repo.backup({{"a", text}});
  repo.layout->remove(first, repo.context);
  repo.collect();
  CHECK(repo.count("gc/") == 1);
  const BackupId again = repo.backup({{"a", text}});
  CHECK(repo.collect().removed_packs >= 1);
  CHECK(repo.read(again, "a") == text);
  check_whole(repo);
}

TEST_CASE("a session that began before a mark keeps its packs from being removed") {
  PackedRepository repo;
  const std::string text = random_text(500'000, 8);
  const BackupId first = repo.backup({{"a", text}});
  repo.clock.advance(std::chrono::seconds(1));
  const auto session = repo.layout->begin({}, repo.context);
  BackupWriter& writer = session->add_source(PackedRepository::source());
  PackedRepository::fill(writer, {{"a", text}});  // refers to the first backup's pack
  repo.layout->remove(first, repo.context);
  const auto slow = writer.open({.name = "slow"});
  for (int hour = 0; hour < 80; ++hour) {
    repo.clock.advance(std::chrono::hours(1));
    slow->write(as_bytes("x"));
    repo.layout->collect_garbage({}, repo.context);
  }
  slow->commit();
  const BackupId id = session->commit().id;
  CHECK(repo.read(id, "a") == text);
  check_whole(repo);
}

TEST_CASE("a silent session is considered dead: it cannot commit, and its objects are removed") {
  PackedRepository repo;
  const BackupId kept = repo.backup({{"a", "kept"}});
  repo.clock.advance(std::chrono::seconds(1));
  auto session = repo.layout->begin({}, repo.context);
  PackedRepository::fill(session->add_source(PackedRepository::source()), {{"a", random_text(500'000, 9)}});
  repo.collect();
  CHECK(code_of([&] { session->commit(); }) == ErrorCode::conflict);
  session.reset();
  for (int round = 0; round < 3; ++round) repo.collect();
  CHECK(repo.ids() == std::vector{kept});
  CHECK(repo.count("sessions/") == 0);
  CHECK(repo.count("packs/") == 1);
  check_whole(repo);
}

TEST_CASE("marks whose packs are all removed stay, and are merged") {
  PackedRepository repo;
  for (unsigned round = 0; round < 40; ++round) {
    repo.layout->remove(repo.backup({{"a", random_text(1000, 200 + round)}}), repo.context);
    repo.clock.advance(std::chrono::seconds(1));
    for (int run = 0; run < 2; ++run) repo.layout->collect_garbage({.grace = std::chrono::seconds(0)}, repo.context);
  }
  CHECK(repo.count("packs/") == 0);
  CHECK(repo.count("gc/") <= 17);
  Doubts doubts(repo.context);
  std::set<Hash> packs;
  for (const Mark& mark : read_marks(*repo.place, doubts).marks) packs.insert(mark.packs.begin(), mark.packs.end());
  CHECK(packs.size() == 40);
}

TEST_CASE("a lost index segment loses no data: reading works without it, and the packs rebuild it") {
  PackedRepository repo;
  const std::string text = random_text(500'000, 10);
  const BackupId id = repo.backup({{"a", text}});
  repo.erase("index/");
  repo.reopen();
  CHECK(repo.read(id, "a") == text);
  repo.reopen();
  const std::uint64_t warnings = repo.context.warnings();
  repo.clock.advance(std::chrono::hours(25));
  CHECK(repo.layout->collect_garbage({}, repo.context).marked_packs == 0);  // the needed chunks are unknown
  CHECK(repo.context.warnings() == warnings + 1);
  const RepairReport report = repo.layout->repair(repo.context);
  CHECK(report.indexed_packs == 1);
  CHECK(report.removed_segments == 0);
  CHECK(repo.read(id, "a") == text);
  check_whole(repo);
  repo.layout->collect_garbage({}, repo.context);
  CHECK(repo.layout->repair(repo.context).indexed_packs == 0);
}

TEST_CASE("a damaged index segment is removed after a rebuild, and a damaged pack is named and left out") {
  PackedRepository repo;
  const BackupId whole = repo.backup({{"a", "whole"}});
  const std::set<std::string> first = repo.names("packs/");
  const BackupId hurt = repo.backup({{"a", "hurt"}});
  const auto damage = [&](const std::string& name) {
    Bytes bytes = repo.storage->objects().at(name);
    bytes[bytes.size() / 2] ^= std::byte{1};
    repo.storage->set(name, std::move(bytes));
  };
  for (const std::string& name : repo.names("index/")) damage(name);
  std::string second;
  for (const std::string& name : repo.names("packs/")) second = first.contains(name) ? second : name;
  damage(second);
  repo.reopen();
  struct Warned final : EventSink {
    void on_event(const Event& event) noexcept override { objects.push_back(event.object); }
    std::vector<std::string> objects;
  } warned;
  repo.context.events = &warned;
  const RepairReport report = repo.layout->repair(repo.context);
  CHECK(report.indexed_packs == 1);
  CHECK(report.removed_segments == 2);
  CHECK(report.unreadable_packs == 1);
  CHECK(warned.objects == std::vector{second});
  CHECK(to_text(repo.common_faults()) == "");
  CHECK(repo.read(whole, "a") == "whole");
  CHECK(repo.faults(hurt).size() == 1);
}

TEST_CASE("the disappearance of a backup without a removal record is found through later backups") {
  PackedRepository repo;
  const BackupId first = repo.backup({{"a", "1"}});
  const BackupId second = repo.backup({{"a", "2"}});
  repo.storage->erase("backups/" + first);
  const std::vector<Fault> faults = repo.faults(second, VerifyLevel::quick);
  REQUIRE(faults.size() == 1);
  CHECK(faults.front().object == "backups/" + first);
}

TEST_CASE("compression that a packed repository does not support is refused before anything is done") {
  PackedRepository repo;
  CHECK(code_of([&] { repo.backup({{"a", "1"}}, {.compression = "gzip:6"}); }) == ErrorCode::invalid_argument);
  CHECK(repo.count("sessions/") == 0);
  const BackupId id = repo.backup({{"a", std::string(100'000, 'a')}}, {.compression = "none"});
  CHECK(repo.read(id, "a") == std::string(100'000, 'a'));
}

TEST_CASE("many tiny entries are divided into frames and packs whose tables stay short") {
  PackedRepository repo;
  std::vector<std::pair<std::string, std::string>> entries;
  for (std::size_t number = 0; number < 2 * kFrameChunks; ++number) entries.emplace_back(std::to_string(number), std::to_string(number));
  const BackupId id = repo.backup(entries);
  for (const std::string& name : repo.names("packs/")) {
    const Pack pack = open_pack(repo.place->ring(), repo.storage->objects().at(name), name);
    for (const Frame& frame : pack.table) CHECK(frame.chunks.size() <= kFrameChunks);
  }
  CHECK(repo.read(id, "7") == "7");

  PackBuilder builder(repo.place->ring());
  FrameSealer sealer(repo.place->ring(), std::nullopt, DecodeCheck::off, *repo.context.host.random);
  std::size_t frames = 0;
  while (!builder.full()) {
    ++frames;
    builder.add(sealer.seal(as_bytes("x")), 1, std::vector<FrameChunk>(kFrameChunks));
  }
  CHECK(frames * kFrameChunks == kPackChunks);
}
