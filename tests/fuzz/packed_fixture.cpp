#include "fuzz/packed_fixture.hpp"

#include "fuzz/target.hpp"
#include "repository/history.hpp"
#include "repository/names.hpp"
#include "repository/packed/live_session.hpp"
#include "support/packed_keys.hpp"
#include "support/simulator.hpp"

namespace holdfast::fuzz {

using test::PackedRepository;

namespace {

std::string numbers(int last) {
  std::string text;
  for (int number = 1; number <= last; ++number) text += std::to_string(number * 7919) + "\n";
  return text;
}

void back_up(Layout& layout, Context& context) {
  const auto session = layout.begin({}, context);
  BackupWriter& writer = session->add_source(PackedRepository::source());
  PackedRepository::fill(writer, {{"b", "one two three"}});
  session->commit();
}

void use_backup(Layout& layout, const BackupId& id, Context& context) {
  may_refuse([&] {
    const auto manifest = layout.manifest(id, context);
    for (const EntryRecord& entry : manifest->entries) {
      may_refuse([&] { drain(*layout.open_entry(entry)); });
    }
  });
  VerifyReport report;
  may_refuse([&] { layout.verify_backup(id, VerifyLevel::full, report, context); });
}

}  // namespace

Random& still_random() {
  static test::StuckRandom random;
  return random;
}

Golden::Golden() : repo_(std::make_unique<PackedRepository>()) {
  static test::SeededRandom random(1);
  repo_->context.host.random = &random;
  // The repository was created with other random bytes: creates it again, with these.
  repo_->storage = std::make_shared<test::HookedStorage>(repo_->clock);
  PackedPlace::create(repo_->storage, repo_->key, repo_->context, test::kCheap);
  repo_->reopen();
  const BackupId gone = repo_->backup({{"a", "gone"}});
  repo_->layout->remove(gone, repo_->context);
  repo_->collect();
  repo_->clock.advance(std::chrono::seconds(1));
  {
    const auto session = repo_->layout->begin({.tags = {{"k", "v"}}}, repo_->context);
    backup = session->id();
    BackupWriter& writer = session->add_source(PackedRepository::source());
    PackedRepository::fill(writer, {{"b", "one two three"}, {"c/d", numbers(2000)}});
    const auto entry = writer.open({.name = "pages", .kind = "relation", .attributes = {{"oid", "16384"}}});
    entry->write(as_bytes(numbers(60'000)));
    entry->commit();
    session->commit();
  }
  removed = repo_->backup({{"a", "removed"}});
  repo_->layout->remove(removed, repo_->context);
  repo_->layout->record_proof({.id = backup, .level = VerifyLevel::full}, repo_->context);
  keep_in_history(*repo_->layout,
                  {.id = "0123456789ab", .operation = "backup", .sources = {"test:shop"}, .backups = {backup}, .counts = {{"entries", 2}}},
                  repo_->context);
  place = repo_->place;
  const LiveSession session(place, LiveSession::Purpose::backup, packed_id(repo_->clock.now(), Bytes(4)), repo_->context);
  objects = repo_->storage->objects();
  for (const auto& [name, bytes] : objects) {
    if (name.starts_with("gc/")) mark = name;
    if (name.starts_with("proofs/")) proof = name;
    if (name.starts_with("history/")) history = name;
    if (name.ends_with(".ready")) ready = name;
  }
}

const Golden& Golden::get() {
  static const Golden golden;
  return golden;
}

Bytes Golden::unsealed(ObjectClass object_class, const std::string& object) const {
  const bool named = object_class != ObjectClass::index;
  if (object_class == ObjectClass::ring) return open_ring(place->master(), place->info().id, object, objects.at(object), object);
  return open_object(place->ring(), object_class, named ? object : "", objects.at(object), object);
}

Objects Golden::with(ObjectClass object_class, const std::string& object, ByteView content) const {
  Objects changed = objects;
  changed[object] = object_class == ObjectClass::ring ? seal_ring(place->master(), place->info().id, object, content, still_random())
                                                      : seal_object(place->ring(), object_class, object, content, still_random());
  return changed;
}

Objects Golden::without(std::string_view prefix) const {
  Objects changed = objects;
  std::erase_if(changed, [prefix](const auto& object) { return object.first.starts_with(prefix); });
  return changed;
}

void use_all(const Objects& objects) {
  test::StandingClock clock;
  clock.advance(std::chrono::hours(26));
  auto storage = std::make_shared<test::HookedStorage>(clock);
  for (const auto& [name, bytes] : objects) storage->set(name, bytes);
  Context context;
  context.host.clock = &clock;
  context.limits.jobs = 1;
  test::SeededRandom random(2);
  context.host.random = &random;
  PackedLayout layout(PackedPlace::open(storage, read_format(*storage), test::test_key()));
  VerifyReport report;
  may_refuse([&] { layout.verify_common(VerifyLevel::full, report, context); });
  may_refuse([&] { layout.list(context); });
  use_backup(layout, Golden::get().backup, context);
  std::size_t sum = 0;  // expensive steps run for some inputs only
  for (const auto& [name, bytes] : objects) sum += bytes.size();
  if (sum % 4 != 0) return;
  may_refuse([&] { layout.undo_remove(Golden::get().removed, context); });
  may_refuse([&] { layout.repair(context); });
  may_refuse([&] { back_up(layout, context); });
  for (int run = 0; run < 2; ++run) {
    clock.advance(std::chrono::hours(26));
    may_refuse([&] { layout.collect_garbage({}, context); });
  }
}

}  // namespace holdfast::fuzz
