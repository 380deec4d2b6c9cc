// Costs that grow with the number of backups: each object is read once, and the number of hints stays small.

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "support/packed_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

/// Counts operations on a storage by "operation object".
std::map<std::string, int> calls_of(PackedRepository& repo, const std::function<void()>& run) {
  std::map<std::string, int> steps;
  repo.storage->set_hook([&steps](const HookedStorage::Step& step) {
    if (step.when == HookedStorage::When::before) ++steps[step.operation + " " + step.object];
  });
  run();
  repo.storage->set_hook({});
  return steps;
}

std::vector<VerifyReport> verify_all(PackedRepository& repo, VerifyLevel level) { return repo.layout->verify_backups(level, repo.context); }

std::string lines(const std::vector<VerifyReport>& reports) {
  std::string text;
  for (const VerifyReport& report : reports) text += report.id + ":\n" + to_text(report.faults);
  return text;
}

std::string text(std::size_t size, unsigned seed) {
  std::string result(size, ' ');
  for (char& c : result) c = static_cast<char>('a' + (seed = seed * 1664525U + 1013904223U) / 0x10000000U);
  return result;
}

/// Several backups that share a large entry, and one that shares nothing.
struct Shared {
  Shared() {
    const std::string big = text(6'000'000, 1);
    for (int i = 0; i < 5; ++i) sharing.push_back(repo.backup({{"big", big}, {"own", text(2'000, 100 + static_cast<unsigned>(i))}}));
    alone = repo.backup({{"x", text(3'000, 7)}});
  }
  /// Returns the pack that the first backup put.
  std::string first_pack() {
    std::string largest;
    const auto objects = repo.storage->objects();
    for (const std::string& name : repo.names("packs/")) {
      if (largest.empty() || objects.at(name).size() > objects.at(largest).size()) largest = name;
    }
    return largest;
  }
  PackedRepository repo;
  std::vector<BackupId> sharing;  // oldest first
  BackupId alone;
};

}  // namespace

TEST_CASE("verifying all backups reads each object once, however many share it") {
  for (const VerifyLevel level : {VerifyLevel::quick, VerifyLevel::full}) {
    Shared world;
    world.repo.reopen();
    std::vector<VerifyReport> reports;
    const auto steps = calls_of(world.repo, [&] { reports = verify_all(world.repo, level); });
    for (const char* folder : {"packs/", "index/", "backups/"}) CHECK(steps.at(std::string("list ") + folder) == 1);
    for (const auto& [step, times] : steps) {
      CAPTURE(step);
      if (step.starts_with("read backups/") || step.starts_with("read index/")) CHECK(times == 1);
    }
    REQUIRE(reports.size() == 6);
    CHECK(reports.front().id == world.alone);
    CHECK(reports.back().id == world.sharing.front());
    std::uint64_t objects = 0, bytes = 0;
    for (const VerifyReport& report : reports) {
      CHECK(to_text(report.faults) == "");
      objects += report.objects;
      bytes += report.bytes;
    }
    CHECK(objects == 6 + world.repo.count("packs/"));
    std::uint64_t stored = 0;
    for (const auto& [name, object] : world.repo.storage->objects()) {
      if (name.starts_with("backups/") || (level == VerifyLevel::full && name.starts_with("packs/"))) stored += object.size();
    }
    CHECK(bytes == stored);
  }
}

TEST_CASE("the fault of an object that several backups need is in all their reports and in no other") {
  for (const bool lost : {false, true}) {
    for (const VerifyLevel level : {VerifyLevel::quick, VerifyLevel::full}) {
      Shared world;
      const std::string pack = world.first_pack();
      Bytes bytes = world.repo.storage->objects().at(pack);
      world.repo.storage->erase(pack);
      bytes[1'000] ^= std::byte{1};
      if (!lost) world.repo.storage->set(pack, bytes);
      world.repo.reopen();
      const bool found = lost || level == VerifyLevel::full;
      for (const VerifyReport& report : verify_all(world.repo, level)) {
        CAPTURE(report.id);
        const bool touched = std::ranges::any_of(
            report.faults, [&pack](const Fault& fault) { return fault.object == pack || fault.what.find(pack) != std::string::npos; });
        CHECK(touched == (found && report.id != world.alone));
        // Verified one by one, they have the same faults.
        CHECK(to_text(report.faults) == to_text(world.repo.faults(report.id, level)));
      }
    }
  }
}

TEST_CASE("a list of chunks that cannot be read is a fault of every backup that uses it") {
  PackedRepository repo;
  // Many chunks, so that a list names them. The list and the entries are stored last, in a pack of their own.
  const std::string big = text(30'000'000, 3);
  std::vector<BackupId> ids;
  for (const char* own : {"1", "2", "3"}) ids.push_back(repo.backup({{"big", big}, {"own", own}}, {.compression = "none"}));
  CHECK(lines(verify_all(repo, VerifyLevel::full)).find("packs/") == std::string::npos);
  for (const std::string& pack : repo.names("packs/")) {
    const Bytes whole = repo.storage->objects().at(pack);
    Bytes bytes = whole;
    bytes[bytes.size() / 2] ^= std::byte{1};
    repo.storage->set(pack, bytes);
    repo.reopen();
    for (const VerifyReport& report : verify_all(repo, VerifyLevel::full)) {
      CHECK(to_text(report.faults) == to_text(repo.faults(report.id)));
    }
    repo.storage->set(pack, whole);
  }
}

TEST_CASE("a backup that is removed and collected while all are verified is no fault, one that only disappears is") {
  for (const bool on_record : {true, false}) {
    Shared world;
    bool once = false;
    world.repo.reopen();
    world.repo.storage->set_hook([&](const HookedStorage::Step& step) {
      if (once || step.operation != "read" || !step.object.starts_with("backups/")) return;
      once = true;
      if (on_record) world.repo.layout->remove(world.sharing[2], world.repo.context);
      world.repo.erase("backups/" + world.sharing[2]);
    });
    const std::vector<VerifyReport> reports = verify_all(world.repo, VerifyLevel::full);
    world.repo.storage->set_hook({});
    CHECK(reports.size() == (on_record ? 5 : 6));
    CHECK((lines(reports).find("missing") == std::string::npos) == on_record);
    CHECK(std::ranges::all_of(reports, [](const VerifyReport& report) { return report.ok(); }) == on_record);
  }
}

TEST_CASE("many small index segments are merged, and no backup changes") {
  PackedRepository repo;
  std::vector<BackupId> ids;
  for (unsigned i = 0; i < 40; ++i) ids.push_back(repo.backup({{"own", text(5'000, i)}}));
  CHECK(repo.count("index/") < 8);
  // Small segments, as writers leave them that do not merge.
  std::vector<Pack> packs;
  for (const std::string& segment : repo.names("index/")) std::ranges::move(read_segment(*repo.place, segment), std::back_inserter(packs));
  repo.erase("index/");
  for (const Pack& pack : packs) put_segment(*repo.place, {pack}, *repo.context.host.random);
  CHECK(repo.count("index/") == 40);
  repo.reopen();
  // A process that lists the segments before, and reads them after.
  const auto other = std::make_unique<PackedLayout>(PackedPlace::open(repo.storage, read_format(*repo.storage), repo.key));
  bool once = false;
  repo.storage->set_hook([&](const HookedStorage::Step& step) {
    if (once || step.operation != "read" || !step.object.starts_with("index/")) return;
    once = true;
    repo.layout->collect_garbage({}, repo.context);
    CHECK(repo.count("index/") == 1);
  });
  VerifyReport report;
  other->verify_backup(ids.front(), VerifyLevel::full, report, repo.context);
  repo.storage->set_hook({});
  CHECK(to_text(report.faults) == "");
  CHECK(to_text(repo.common_faults()) == "");
  CHECK(lines(verify_all(repo, VerifyLevel::full)).find('/') == std::string::npos);
  repo.backup({{"own", text(5'000, 99)}});
  CHECK(repo.layout->collect_garbage({}, repo.context).copied_chunks == 0);
  CHECK(repo.count("index/") == 2);
}

TEST_CASE("a writer that finds many small index segments merges them, whatever a reader or another writer does meanwhile") {
  PackedRepository repo;
  std::vector<BackupId> ids;
  for (unsigned i = 0; i < 7; ++i) ids.push_back(repo.backup({{"own", text(5'000, i)}}));
  CHECK(repo.count("index/") == 7);
  Context quick;
  quick.host.clock = &repo.clock;
  quick.limits.jobs = 1;
  const auto other = std::make_unique<PackedLayout>(PackedPlace::open(repo.storage, read_format(*repo.storage), repo.key));
  int moment = 0;
  bool inside = false;
  repo.storage->set_hook([&](const HookedStorage::Step& step) {
    if (inside || !step.object.starts_with("index/") || !(step.operation == "put" || step.operation == "remove")) return;
    inside = true;
    if (++moment == 5) {
      const auto session = other->begin({}, quick);
      TestRepository::fill(session->add_source(TestRepository::source()), {{"other", text(5'000, 77)}});
      ids.push_back(session->commit().id);
    }
    VerifyReport report;
    const auto reader = std::make_unique<PackedLayout>(PackedPlace::open(repo.storage, read_format(*repo.storage), repo.key));
    reader->verify_backup(ids.front(), VerifyLevel::quick, report, quick);
    CHECK(to_text(report.faults) == "");
    inside = false;
  });
  ids.push_back(repo.backup({{"own", text(5'000, 8)}}));
  repo.storage->set_hook({});
  CHECK(moment >= 11);  // before and after the put of its own, of the merged one, and each removal
  CHECK(repo.count("index/") < 4);
  for (const BackupId& id : ids) CHECK(to_text(repo.faults(id)) == "");
  CHECK(to_text(repo.common_faults()) == "");
}

TEST_CASE("a writer on a full storage leaves many index segments unmerged, and its backup exists") {
  PackedRepository repo;
  for (unsigned i = 0; i < 7; ++i) repo.backup({{"own", text(5'000, i)}});
  int puts = 0;
  repo.storage->set_hook([&](const HookedStorage::Step& step) {
    const bool is_put = step.when == HookedStorage::When::before && step.operation == "put" && step.object.starts_with("index/");
    if (is_put && ++puts == 2) throw Error(ErrorCode::no_space, "no space");
  });
  const BackupId id = repo.backup({{"own", text(5'000, 8)}});
  repo.storage->set_hook({});
  CHECK(puts == 2);
  CHECK(repo.count("index/") == 8);
  CHECK(to_text(repo.faults(id)) == "");
}

TEST_CASE("a listing reads the best proof of each backup and no other") {
  PackedRepository repo;
  const BackupId id = repo.backup({{"a", "1"}});
  for (const auto level : {VerifyLevel::full, VerifyLevel::full, VerifyLevel::restore, VerifyLevel::full}) {
    VerifyReport report{.id = id, .level = level};
    report.proof.level = ProofLevel::content_equal;
    repo.layout->record_proof(report, repo.context);
    repo.clock.advance(std::chrono::seconds(1));
  }
  std::vector<BackupInfo> listed;
  const auto steps = calls_of(repo, [&] { listed = repo.layout->list(repo.context); });
  CHECK(listed.front().level == ProofLevel::content_equal);
  CHECK(std::ranges::count_if(steps, [](const auto& step) { return step.first.starts_with("read proofs/"); }) == 1);
}
