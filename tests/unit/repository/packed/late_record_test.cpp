// A writer that sleeps for days, or dies, around its commit point: W6 to W9 of docs/format-packed.md, "Records that
// come too late".

#include <doctest/doctest.h>

#include "support/packed_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

using When = HookedStorage::When;

struct DeadWriter {};

/// An action right before or after an operation of the writer.
struct Stop {
  When when;
  std::string operation, object;
  std::function<void()> happen;
};

/// A backup that is ready to be committed. All its chunks are in packs of another one, which was removed meanwhile.
struct LateWriter {
  LateWriter() {
    const std::string text(50'000, 'x');
    const BackupId old = repo.backup({{"a", text}});
    repo.clock.advance(std::chrono::seconds(1));
    session = repo.layout->begin({}, repo.context);
    id = session->id();
    PackedRepository::fill(session->add_source(PackedRepository::source()), {{"a", text}});
    repo.layout->remove(old, repo.context);
  }

  /// Commits, with an action at each stop; if an action throws DeadWriter, the writer stops for good. Returns 0 if the
  /// writer reports success, otherwise the error's code; `internal` if it died.
  ErrorCode commit(std::vector<Stop> stops) {
    std::size_t at = 0;
    bool dead = false, happening = false;
    repo.storage->set_hook([&](const HookedStorage::Step& step) {
      if (happening) return;
      if (dead) throw DeadWriter{};
      if (at == stops.size() || step.when != stops[at].when || step.operation != stops[at].operation || step.object != stops[at].object)
        return;
      happening = true;
      try {
        stops[at].happen();
      } catch (const DeadWriter&) {
        dead = true;
      }
      happening = false;
      ++at;
      if (dead) throw DeadWriter{};
    });
    ErrorCode code{0};
    try {
      session->commit();
    } catch (const Error& error) {
      code = error.code();
    } catch (const DeadWriter&) {
      code = ErrorCode::internal;
    }
    session.reset();
    repo.storage->set_hook({});
    CHECK(at == stops.size());
    return code;
  }

  Layout& other_process() {
    other = std::make_unique<PackedLayout>(PackedPlace::open(repo.storage, read_format(*repo.storage), repo.key));
    return *other;
  }
  void collect_for_days() {
    for (int day = 0; day < 3; ++day) {
      repo.clock.advance(std::chrono::hours(25));
      other_process().collect_garbage({}, repo.context);
    }
  }
  /// Removes everything that is not needed now; removals stay for their grace period.
  void collect_at_once() {
    repo.clock.advance(std::chrono::hours(25));
    for (int run = 0; run < 2; ++run) other_process().collect_garbage({.grace = std::chrono::seconds(0)}, repo.context);
    CHECK(repo.count("packs/") == 0);
    CHECK(repo.count("index/") == 0);
  }
  std::string record() const { return "backups/" + id; }

  void check_hidden() {
    CHECK(repo.count(record()) == 1);
    CHECK(repo.ids().empty());
    CHECK(code_of([&] { other_process().undo_remove(id, repo.context); }) == ErrorCode::not_found);
  }
  void check_whole() {
    CHECK(repo.ids() == std::vector{id});
    CHECK(to_text(repo.faults(id)) == "");
  }
  void check_nothing_left() {
    collect_for_days();
    CHECK(repo.ids().empty());
    for (const char* prefix : {"backups/", "sessions/", "packs/", "index/"}) CHECK(repo.count(prefix) == 0);
  }

  PackedRepository repo;
  std::unique_ptr<BackupSession> session;
  std::unique_ptr<Layout> other;
  BackupId id;
};

}  // namespace

TEST_CASE("a record put after its packs were removed is not listed, cannot be brought back, stops no collector, and is taken back") {
  LateWriter late;
  const Stop sleep{When::before, "put", late.record(), [&] { late.collect_at_once(); }};
  const Stop look{When::after, "put", late.record(), [&] {
                    late.check_hidden();
                    late.other_process().collect_garbage({}, late.repo.context);
                    late.check_hidden();
                  }};
  CHECK(late.commit({sleep, look}) == ErrorCode::conflict);
  CHECK(late.repo.count(late.record()) == 0);
  late.check_nothing_left();
}

TEST_CASE("a record put after its packs were removed, whose writer dies right after it, is removed by the collector") {
  LateWriter late;
  const Stop sleep{When::before, "put", late.record(), [&] { late.collect_at_once(); }};
  const Stop die{When::after, "put", late.record(), [] { throw DeadWriter{}; }};
  CHECK(late.commit({sleep, die}) == ErrorCode::internal);
  late.check_hidden();
  late.check_nothing_left();
}

TEST_CASE("a writer that pauses right after its record takes it back, and the backup was whole until then") {
  LateWriter late;
  const Stop sleep{When::after, "put", late.record(), [&] {
                     late.collect_for_days();
                     late.check_whole();
                   }};
  CHECK(late.commit({sleep}) == ErrorCode::conflict);
  late.check_nothing_left();
}

TEST_CASE("a writer that dies anywhere after its record leaves a whole backup, however long ago") {
  for (const char* operation : {"put", "list"}) {
    LateWriter late;
    const bool record = std::string_view(operation) == "put";
    const Stop die{record ? When::after : When::before, operation, record ? late.record() : *late.repo.names("sessions/").begin() + ".",
                   [] { throw DeadWriter{}; }};
    CHECK(late.commit({die}) == ErrorCode::internal);
    for (int times = 0; times < 2; ++times) {
      late.collect_for_days();
      CHECK(late.repo.count("sessions/") == 0);
      late.check_whole();
    }
    late.repo.layout->remove(late.id, late.repo.context);
    late.check_nothing_left();
  }
}
