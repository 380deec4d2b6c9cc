// Objects that an attacker without a key can put: docs/format-packed.md and docs/format.md, "What somebody may put who
// has no key". Puts every kind of object of both layouts in each form: no genuine data is lost or hidden, nothing stops
// working, and verify names the object. A short run takes every third of them.

#include <doctest/doctest.h>

#include <algorithm>

#include "base/digest.hpp"
#include "repository/format.hpp"
#include "repository/packed/live_session.hpp"
#include "repository/packed/removals.hpp"
#include "support/budget.hpp"
#include "support/packed_repository.hpp"
#include "support/plain_repository.hpp"
#include "support/streams.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

using Objects = std::map<std::string, Bytes>;
using Strings = std::vector<std::string>;

const std::string kHex = "00000000000000ab";
constexpr std::size_t kForgeryStep = 3;

/// A repository with history: backups that stay, one that was removed and collected, and one that was removed and
/// brought back.
template <typename Repo>
struct Honest {
  explicit Honest(bool encrypted) : repo(encrypted) {
    repo.storage->set_hook([this](const HookedStorage::Step& step) {
      if (!step.effect() || step.when == HookedStorage::When::before) return;
      for (const auto& [name, bytes] : repo.storage->objects()) ever.insert_or_assign(name, bytes);
    });
    make_history();
    repo.storage->set_hook({});
    now = repo.storage->objects();
  }

  void make_history() {
    add("kept");
    const BackupId gone = add("gone");
    const BackupId back = add("brought back");
    add("newest");
    repo.layout->record_proof({.id = back, .level = VerifyLevel::full}, repo.context);
    repo.layout->remove(gone, repo.context);
    contents.erase(gone);
    if constexpr (std::is_same_v<Repo, PackedRepository>) {
      repo.layout->remove(back, repo.context);
      repo.layout->undo_remove(back, repo.context);
      repo.layout->rotate_data_key(repo.context);
      repo.reopen();
    }
    collect();
    collect();
  }

  BackupId add(const std::string& text) {
    const BackupId id = repo.backup({{"a", text}, {"b", std::string(10'000, text[0])}});
    contents[id] = text;
    return id;
  }
  void collect() {
    repo.clock.advance(std::chrono::hours(25));
    repo.layout->collect_garbage({.grace = std::chrono::seconds(0)}, repo.context);
  }

  void reset() {
    for (const auto& [name, bytes] : repo.storage->objects()) repo.storage->erase(name);
    for (const auto& [name, bytes] : now) repo.storage->set(name, bytes);
    repo.reopen();
  }

  std::string verify() {
    std::string text = to_text(repo.common_faults());
    for (const BackupId& id : repo.ids()) text += to_text(repo.faults(id));
    return text;
  }

  void check_all_there(const std::map<BackupId, std::string>& wanted) {
    const std::vector<BackupId> ids = repo.ids();
    for (const auto& [id, text] : wanted) {
      CHECK_MESSAGE(std::ranges::find(ids, id) != ids.end(), id);
      CHECK(repo.read(id, "a") == text);
      CHECK(repo.read(id, "b") == std::string(10'000, text[0]));
    }
  }

  /// Puts `objects` as an attacker: everything genuine continues to work.
  void survive(const Objects& objects) {
    reset();
    for (const auto& [name, bytes] : objects) repo.storage->put_new(name, bytes);
    std::map<BackupId, std::string> before = contents;
    try {
      repo.reopen();
      check_all_there(contents);
      add("kept");  // the same data again: it may refer to stored chunks
      for (int run = 0; run < 2; ++run) {
        repo.layout->collect_garbage({.grace = std::chrono::seconds(0)}, repo.context);
        check_all_there(contents);
      }
      add("after");
      collect();
      repo.reopen();
      check_all_there(contents);
    } catch (const std::exception& error) {
      FAIL_CHECK(error.what());
    }
    contents = std::move(before);
  }

  Repo repo;
  std::map<BackupId, std::string> contents;
  Objects ever, now;
};

/// The variants of an object that a writer without a key can put under a name.
std::map<std::string, Bytes> forms(const Objects& objects, const std::string& name) {
  const std::string folder = name.substr(0, name.find('/') + 1);
  std::map<std::string, Bytes> found{{"junk", Bytes(500, std::byte{7})}, {"empty", {}}};
  for (const auto& [other, bytes] : objects) {
    const bool same = !folder.empty() && other.starts_with(folder);
    found.try_emplace(same ? "copy of its kind" : "copy of another kind", bytes);
    if (same && bytes.size() > 100) found.try_emplace("cut copy", bytes.begin(), bytes.end() - 20);
  }
  return found;
}

std::vector<std::string> packed_names(const Honest<PackedRepository>& honest) {
  const std::string hash(64, 'a'), ring = "keys/ring-", of = "-" + honest.repo.place->info().id.substr(0, 16);
  std::vector<std::string> names{"gc/" + kHex,
                                 "packs/aa/" + hash,
                                 "packs/bb/" + hash,
                                 "index/" + hash,
                                 "keys/slot-" + kHex,
                                 ring + "00000003" + of,
                                 ring + "ffffffff" + of,
                                 "backups/backup_20990101_000000_00000000",
                                 "backups/backup_20000101_000000_00000000"};
  for (const char* session : {"write_", "collect_"}) {
    for (const char* part : {"", ".ready", ".fence", ".alive-000001"}) names.push_back("sessions/" + (session + kHex) + part);
  }
  for (const BackupId& id : {honest.contents.begin()->first, honest.contents.rbegin()->first}) {
    for (const std::string& part : Strings{"", ".final", "." + kHex, ".final-" + kHex, ".back-" + kHex})
      names.push_back("removed/" + (id + part));
    names.push_back("proofs/" + id + "-20261120T180000000000-content-equal");
    names.push_back("sessions/" + id);
  }
  return names;
}

/// A pack that nobody needs is garbage, whatever its contents.
bool is_garbage(const std::string& name) { return name.starts_with("packs/"); }

std::vector<std::string> plain_names(const Honest<PlainRepository>& honest, bool encrypted) {
  const std::string end = encrypted ? ".enc" : "";
  std::vector<std::string> names{"keys/slot-" + kHex,
                                 "backup_20990101_000000/manifest.json" + end,
                                 "backup_20990101_000000/entries/000000",
                                 "backup_20990102_000000.manifest.json" + end,
                                 "sessions/backup_20990103_000000.json" + end,
                                 "sessions/clock-" + kHex + ".json" + end};
  for (const BackupId& id : {honest.contents.begin()->first, honest.contents.rbegin()->first}) {
    names.push_back(id + ".manifest.json" + end);
    names.push_back("proofs/" + id + "-20261120T180000000000-content-equal.json" + end);
    for (const std::string& part : Strings{"", ".collect", ".remove-" + kHex, ".alive-000001"})
      names.push_back("sessions/" + (id + part) + ".json" + end);
  }
  return names;
}

template <typename Repo>
void check_forgeries(Honest<Repo>& honest, const std::vector<std::string>& names, const std::function<bool(const std::string&)>& unnamed) {
  std::uint64_t forgeries = 0;
  std::size_t number = first_of(kForgeryStep);
  for (const std::string& name : names) {
    for (const auto& [form, bytes] : forms(honest.now, name)) {
      if (number++ % every(kForgeryStep) != 0) continue;
      CAPTURE(name);
      CAPTURE(form);
      honest.survive({{name, bytes}});
      honest.reset();
      honest.repo.storage->put_new(name, bytes);
      honest.repo.reopen();
      if (!unnamed(name)) CHECK(honest.verify().find(name) != std::string::npos);
      ++forgeries;
    }
  }
  MESSAGE(forgeries << " forgeries");
}

template <typename Repo>
void check_replays(Honest<Repo>& honest) {
  Objects gone;
  std::size_t number = first_of(kForgeryStep);
  for (const auto& [name, bytes] : honest.ever) {
    if (honest.now.contains(name)) continue;
    CAPTURE(name);
    gone.emplace(name, bytes);
    if (number++ % every(kForgeryStep) == 0) honest.survive({{name, bytes}});
  }
  CAPTURE("all at once");
  honest.survive(gone);
  MESSAGE(gone.size() << " replays");
}

}  // namespace

TEST_CASE("no object that somebody puts without a key hides, destroys or stops anything in a packed repository, and verify names it") {
  for (const bool encrypted : {true, false}) {
    CAPTURE(encrypted);
    Honest<PackedRepository> honest(encrypted);
    check_forgeries(honest, packed_names(honest), is_garbage);
  }
}

TEST_CASE("no genuine object that was removed and is put again hides, destroys or stops anything in a packed repository") {
  for (const bool encrypted : {true, false}) {
    CAPTURE(encrypted);
    Honest<PackedRepository> honest(encrypted);
    check_replays(honest);
  }
}

TEST_CASE("junk in place of a collected pack is not used, even with the index segments that named the pack") {
  Honest<PackedRepository> honest(true);
  Objects forged;
  for (const auto& [name, bytes] : honest.ever) {
    if (honest.now.contains(name)) continue;
    if (name.starts_with("index/")) forged.emplace(name, bytes);
    if (name.starts_with("packs/")) forged.emplace(name, Bytes(bytes.size(), std::byte{1}));
  }
  REQUIRE(forged.size() >= 2);
  honest.survive(forged);
  honest.contents.clear();
  honest.reset();
  for (const auto& [name, bytes] : forged) honest.repo.storage->put_new(name, bytes);
  honest.repo.reopen();
  const BackupId again = honest.add("gone");
  CHECK(honest.repo.read(again, "a") == "gone");
  CHECK(honest.repo.read(again, "b") == std::string(10'000, 'g'));
  CHECK(to_text(honest.repo.faults(again)) == "");
}

TEST_CASE("no object that somebody puts without a key hides, destroys or stops anything in a plain repository, and verify names it") {
  for (const bool encrypted : {true, false}) {
    CAPTURE(encrypted);
    Honest<PlainRepository> honest(encrypted);
    check_forgeries(honest, plain_names(honest, encrypted), [](const std::string&) { return false; });
  }
}

TEST_CASE("a session whose names are taken before it uses them finds others") {
  PackedRepository repo;
  const BackupId kept = repo.backup({{"a", "kept"}});
  const Bytes junk(100, std::byte{1});
  bool taking = false;
  repo.storage->set_hook([&](const HookedStorage::Step& step) {
    if (taking || step.when == HookedStorage::When::before || step.operation != "put" || !step.object.starts_with("sessions/")) return;
    if (step.object.find('.') != std::string::npos) return;
    taking = true;
    for (const char* part : {".ready", ".fence", ".alive-000001", ".alive-000002"}) repo.storage->put_new(step.object + part, junk);
    taking = false;
  });
  repo.clock.advance(std::chrono::seconds(1));  // later than `kept`
  const auto session = repo.layout->begin({}, repo.context);
  BackupWriter& writer = session->add_source(PackedRepository::source());
  const auto slow = writer.open({.name = "slow"});
  for (int hour = 0; hour < 30; ++hour) {
    repo.clock.advance(std::chrono::hours(1));
    slow->write(as_bytes("x"));
    if (hour % 6 == 0) repo.layout->collect_garbage({.grace = std::chrono::seconds(0)}, repo.context);
  }
  slow->commit();
  const BackupId id = session->commit().id;
  repo.collect();
  CHECK(repo.ids() == std::vector{id, kept});
  CHECK(repo.read(id, "slow") == std::string(30, 'x'));
  repo.storage->set_hook({});
  // Also the names of a removal and its `.final`.
  repo.storage->put_new("removed/" + id, junk);
  repo.storage->put_new("removed/" + id + ".final", junk);
  repo.layout->remove(id, repo.context);
  CHECK(repo.ids() == std::vector{kept});
  repo.layout->undo_remove(id, repo.context);
  CHECK(repo.ids() == std::vector{id, kept});
  repo.layout->remove(id, repo.context);
  repo.collect();
  CHECK(repo.names("backups/") == std::set{"backups/" + kept});
  CHECK(to_text(repo.faults(kept)) == "");
}

namespace {

std::uint64_t stored_bytes(const PackedRepository& repo) {
  std::uint64_t bytes = 0;
  for (const auto& [name, object] : repo.storage->objects()) bytes += object.size();
  return bytes;
}

/// A backup that is ready to be committed.
struct Ready {
  Ready() {
    session = repo.layout->begin({}, repo.context);
    PackedRepository::fill(session->add_source(PackedRepository::source()), {{"a", "text"}});
  }
  std::string record() const { return *repo.names("sessions/").begin(); }
  ErrorCode commit() {
    return code_of([this] { session->commit(); });
  }

  PackedRepository repo;
  std::unique_ptr<BackupSession> session;
};

}  // namespace

TEST_CASE("nothing is reused or removed while a running collector may have read a mark that does not open; otherwise all is") {
  PackedRepository repo;
  const std::string text(as_text(noise(200'000, 1)));
  const BackupId first = repo.backup({{"a", text}});
  const BackupId gone = repo.backup({{"a", std::string(as_text(noise(200'000, 2)))}});
  repo.layout->remove(gone, repo.context);
  repo.collect();
  repo.storage->set("gc/" + kHex, Bytes(100));
  std::uint64_t before = stored_bytes(repo);
  repo.backup({{"a", text}});
  CHECK(stored_bytes(repo) - before < 20'000);
  {
    LiveSession collector(repo.place, LiveSession::Purpose::collect, {}, repo.context);
    before = stored_bytes(repo);
    const BackupId anew = repo.backup({{"a", text}});
    CHECK(stored_bytes(repo) - before > 200'000);
    CHECK(to_text(repo.faults(anew)) == "");
    repo.clock.advance(std::chrono::hours(2));
    const GarbageReport report = repo.layout->collect_garbage({.grace = std::chrono::seconds(0)}, repo.context);
    CHECK(report.removed_packs == 0);
    CHECK(report.waiting == 1);
    collector.end();
  }
  CHECK(repo.collect().removed_packs >= 1);  // chunks that were stored twice meanwhile are removed once, too
  CHECK(repo.read(first, "a") == text);
}

TEST_CASE("a writer whose session records no longer open, so that nobody waits for it, does not commit") {
  for (const bool both : {false, true}) {
    Ready ready;
    const std::string record = ready.record();
    if (both) ready.repo.storage->set(record + ".ready", Bytes(100));
    ready.repo.storage->set(record, Bytes(100));
    CHECK(ready.commit() == ErrorCode::conflict);
    ready.session.reset();
    CHECK(ready.repo.ids().empty());
  }
}

TEST_CASE("a fence that does not open fences nobody, unless it is recorded that the backup never existed") {
  for (const bool fenced : {false, true}) {
    Ready ready;
    ready.repo.storage->set(ready.record() + ".fence", Bytes(100));
    Doubts doubts(ready.repo.context);
    if (fenced) put_never(*ready.repo.place, doubts, ready.session->id());
    CHECK(ready.commit() == (fenced ? ErrorCode::conflict : ErrorCode{0}));
  }
}

TEST_CASE("a record that does not open prevents the removal of packs and nothing else, until that backup is removed") {
  PackedRepository repo;
  const BackupId kept = repo.backup({{"a", "kept"}});
  const BackupId gone = repo.backup({{"a", std::string(as_text(noise(50'000, 3)))}});
  const BackupId junk = "backup_20260101_000000_00000000";
  repo.storage->set("backups/" + junk, Bytes(100));
  repo.layout->remove(gone, repo.context);
  for (int run = 0; run < 3; ++run) repo.collect();
  CHECK(repo.names("backups/") == std::set{"backups/" + junk, "backups/" + kept});
  CHECK(repo.count("packs/") == 2);
  CHECK(to_text(repo.faults(junk)).find("backups/" + junk) != std::string::npos);
  repo.layout->remove(junk, repo.context);
  for (int run = 0; run < 3; ++run) repo.collect();
  CHECK(repo.names("backups/") == std::set{"backups/" + kept});
  CHECK(repo.count("packs/") == 1);
  CHECK(repo.read(kept, "a") == "kept");
}

TEST_CASE("a password opens the repository however many slots somebody puts, because older slots are tried first") {
  StandingClock clock;
  HookedStorage storage(clock);
  const Secret master{Bytes(32, std::byte{5})};
  const std::string repository(32, 'b');
  const Key key = passphrase("a password");
  add_slot(storage, key, repository, master, kCheap, system_random());
  clock.advance(std::chrono::seconds(1));
  for (int number = 0; number < 100; ++number) add_slot(storage, passphrase("another"), repository, master, kCheap, system_random());
  for (int number = 0; number < 100; ++number) storage.set("keys/slot-00000000000000" + std::to_string(10 + number % 90), Bytes(188));
  std::uint64_t reads = 0;
  storage.set_hook([&](const HookedStorage::Step& step) { reads += step.operation == "read" ? 1 : 0; });
  CHECK(constant_time_equal(open_any_slot(storage, key, repository).bytes(), master.bytes()));
  CHECK(reads <= 2);
}
