// The documents of a plain repository, hashed again around changed JSON, and key slots.
#include <map>

#include "base/digest.hpp"
#include "fuzz/target.hpp"
#include "repository/history.hpp"
#include "repository/names.hpp"
#include "repository/plain/objects.hpp"
#include "support/packed_keys.hpp"
#include "support/plain_repository.hpp"
#include "support/simulator.hpp"

namespace holdfast::fuzz {

namespace {

using test::PlainRepository;

constexpr std::size_t kTail = 82;  // of a document: its hash and its end

/// A small repository without encryption, with a document of each kind; the same on every run.
struct GoldenPlain {
  GoldenPlain() {
    test::SeededRandom random(1);
    PlainRepository repo(false);
    repo.context.host.random = &random;
    repo.storage = std::make_shared<test::HookedStorage>(repo.clock);
    PlainPlace::create(repo.storage, std::nullopt, repo.context);
    repo.reopen();
    backup = repo.backup({{"a", "one"}, {"b/c", "two"}}, {.tags = {{"k", "v"}}, .compression = "zstd"});
    repo.layout->record_proof({.id = backup, .level = VerifyLevel::full}, repo.context);
    keep_in_history(
        *repo.layout,
        {.id = "0123456789ab", .operation = "backup", .sources = {"test:shop"}, .backups = {backup}, .counts = {{"entries", 2}}},
        repo.context);
    repo.clock.advance(std::chrono::seconds(1));
    const auto session = repo.layout->begin({}, repo.context);
    objects = repo.storage->objects();
    for (const auto& [name, bytes] : objects) {
      if (name.ends_with("manifest.json")) manifest = name;
      if (name.starts_with("proofs/")) proof = name;
      if (name.starts_with("history/")) history = name;
      if (name.starts_with("sessions/") && name.find(session->id()) != std::string::npos) running = name;
    }
  }
  static const GoldenPlain& get() {
    static const GoldenPlain golden;
    return golden;
  }

  std::map<std::string, Bytes> objects;
  BackupId backup;
  std::string manifest, proof, history, running;
};

Bytes resealed(ByteView body) {
  const std::string tail = ",\n \"sha256\": \"" + sha256_hex(body) + "\"\n}\n";
  Bytes document(body.begin(), body.end());
  const ByteView end = as_bytes(tail);
  document.insert(document.end(), end.begin(), end.end());
  return document;
}

void use_all(const std::map<std::string, Bytes>& objects) {
  const GoldenPlain& golden = GoldenPlain::get();
  test::StandingClock clock;
  auto storage = std::make_shared<test::HookedStorage>(clock);
  for (const auto& [name, bytes] : objects) storage->set(name, bytes);
  Context context;
  context.host.clock = &clock;
  context.limits.jobs = 1;
  test::SeededRandom random(2);
  context.host.random = &random;
  PlainLayout layout(PlainPlace::open(storage, std::nullopt));
  VerifyReport report;
  may_refuse([&] { layout.verify_common(VerifyLevel::full, report, context); });
  may_refuse([&] { layout.list(context); });
  may_refuse([&] {
    const auto manifest = layout.manifest(golden.backup, context);
    for (const EntryRecord& entry : manifest->entries) {
      may_refuse([&] { drain(*layout.open_entry(entry)); });
    }
  });
  may_refuse([&] { layout.verify_backup(golden.backup, VerifyLevel::full, report, context); });
  clock.advance(std::chrono::hours(26));
  may_refuse([&] { layout.collect_leftovers(context); });
  may_refuse([&] { layout.remove(golden.backup, context); });
}

template <std::string (*name)()>
void run_document(ByteView input) {
  std::map<std::string, Bytes> objects = GoldenPlain::get().objects;
  objects[name()] = resealed(input);
  use_all(objects);
}

template <std::string (*name)()>
std::vector<Bytes> document_seeds() {
  const Bytes& stored = GoldenPlain::get().objects.at(name());
  return {Bytes(stored.begin(), stored.end() - kTail)};
}

std::string format() { return "format"; }
std::string manifest() { return GoldenPlain::get().manifest; }
std::string running() { return GoldenPlain::get().running; }
std::string plain_proof() { return GoldenPlain::get().proof; }
std::string plain_history() { return GoldenPlain::get().history; }

Key slot_key() { return passphrase("password"); }

// A slot without the hash at its end.
void run_slot(ByteView input) {
  Bytes slot(input.begin(), input.end());
  const Bytes hash = sha256(input);
  slot.insert(slot.end(), hash.begin(), hash.end());
  if (check_slot(slot, "slot", test::kRepositoryId) == SlotState::foreign) return;
  may_refuse([&] { open_slot(slot, "slot", test::test_key()); });
  may_refuse([&] { open_slot(slot, "slot", slot_key()); });
}

std::vector<Bytes> slot_seeds() {
  test::StuckRandom random;
  std::vector<Bytes> seeds;
  for (const Key& key : {test::test_key(), slot_key()}) {
    const Bytes slot = make_slot(key, "0123456789abcdef", test::kRepositoryId, Secret(test::counted(3)), test::kCheap, random);
    seeds.emplace_back(slot.begin(), slot.end() - 32);
  }
  return seeds;
}

}  // namespace

std::vector<FuzzTarget> plain_targets() {
  return {{"format", run_document<format>, document_seeds<format>},
          {"plain-manifest", run_document<manifest>, document_seeds<manifest>},
          {"plain-session", run_document<running>, document_seeds<running>},
          {"plain-proof", run_document<plain_proof>, document_seeds<plain_proof>},
          {"plain-history", run_document<plain_history>, document_seeds<plain_history>},
          {"key-slot", run_slot, slot_seeds}};
}

}  // namespace holdfast::fuzz
