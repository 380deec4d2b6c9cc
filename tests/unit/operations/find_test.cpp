// How backups are found: by name, as the latest, with how many requests, and with which cached objects.

#include <doctest/doctest.h>

#include "holdfast/cached.hpp"
#include "support/packed_repository.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

struct Warnings final : EventSink {
  void on_event(const Event& event) noexcept override {
    if (event.kind == EventKind::warning) texts.push_back(event.message);
  }
  std::vector<std::string> texts;
};

std::shared_ptr<Layout> open_on(const PackedRepository& repo, const std::shared_ptr<Storage>& storage) {
  return std::make_shared<PackedLayout>(PackedPlace::open(storage, read_format(*storage), repo.key));
}
std::shared_ptr<Layout> open_on(const PlainRepository& repo, const std::shared_ptr<Storage>& storage) {
  return std::make_shared<PlainLayout>(PlainPlace::open(storage, repo.key));
}

template <typename Kind>
struct Counted {
  explicit Counted(int backups, bool encrypted = true) : repo(encrypted) {
    repo.context.events = &warnings;
    for (int i = 0; i < backups; ++i) ids.push_back(repo.backup({{"entry", "text " + std::to_string(i)}}));
  }
  /// Counts the requests to the storage, from the opening on.
  template <typename Run>
  std::size_t requests(const Run& run) {
    std::size_t count = 0;
    repo.storage->set_hook([&count](const HookedStorage::Step& step) { count += step.when == HookedStorage::When::before ? 1U : 0U; });
    Repository opened(open_on(repo, repo.storage), builtin_drivers(), repo.key);
    run(opened);
    repo.storage->set_hook({});
    return count;
  }
  Repository open() { return {open_on(repo, repo.storage), builtin_drivers(), repo.key}; }
  Context& context() { return repo.context; }

  Kind repo;
  Warnings warnings;
  std::vector<BackupId> ids;  // oldest first
};

template <typename Kind>
std::map<std::string, std::size_t> requests_with(int backups) {
  Counted<Kind> rig(backups);
  Context& context = rig.context();
  const BackupId id = rig.ids.at(static_cast<std::size_t>(backups) / 2), other = rig.ids.at(static_cast<std::size_t>(backups) / 3);
  std::map<std::string, std::size_t> counts;
  const auto note = [&](const char* what, const auto& run) { counts[what] = rig.requests(run); };
  note("show", [&](Repository& opened) { CHECK(opened.manifest(opened.find(id, context).id, context)->id == id); });
  note("show latest",
       [&](Repository& opened) { CHECK(opened.manifest(opened.find("latest", context).id, context)->id == rig.ids.back()); });
  note("diff", [&](Repository& opened) {
    CHECK(opened.diff(opened.resolve(id, context), opened.resolve(other, context), context).changed.size() == 1);
  });
  note("verify", [&](Repository& opened) { CHECK(opened.verify(opened.resolve(id, context), {}, context).ok()); });
  note("read", [&](Repository& opened) {
    const BackupView view = opened.view(opened.resolve(id, context), 0, context);
    read_all(*view.open(*view.entries().front()), 100);
  });
  note("remove", [&](Repository& opened) { opened.remove(opened.resolve(id, context), context); });
  note("beginning", [&](Repository& opened) {
    CHECK(opened.resolve(std::string_view(other).substr(0, other.size() - (std::is_same_v<Kind, PackedRepository> ? 1U : 0U)), context) ==
          other);
  });
  return counts;
}

}  // namespace

TEST_CASE("the cost of a look-up by id does not grow with the number of backups") {
  constexpr std::size_t kMost = 45;  // with an index of a few segments
  const auto check = [&](const std::map<std::string, std::size_t>& counts) {
    for (const auto& [what, count] : counts) {
      CAPTURE(what);
      CHECK(count <= kMost);
    }
  };
  for (const int backups : {10, 50, 120}) {
    CAPTURE(backups);
    check(requests_with<PackedRepository>(backups));
    check(requests_with<PlainRepository>(backups));
  }
  const auto few = requests_with<PlainRepository>(10);
  CHECK(few == requests_with<PlainRepository>(50));
}

TEST_CASE("the latest backup is not one that a wrong clock dated in the future") {
  const auto check = [](auto&& rig) {
    const BackupId good = rig.ids.back();
    rig.repo.clock.advance(std::chrono::hours(24 * 365 * 5));
    const BackupId ahead = rig.repo.backup({{"entry", "from the future"}});
    rig.repo.clock.advance(-std::chrono::hours(24 * 365 * 5));
    const Repository opened = rig.open();
    CHECK(opened.find("latest", rig.context()).id == good);
    CHECK(opened.resolve("latest", rig.context()) == good);
    REQUIRE(rig.warnings.texts.size() == 2);
    CHECK(rig.warnings.texts[0].find("backup " + ahead + " is dated 2031-11-") == 0);
    CHECK(rig.warnings.texts[0].find("in the future: skipped; name it by its id") != std::string::npos);
    CHECK(opened.find(ahead, rig.context()).id == ahead);
    // Clocks differ slightly, and time passes.
    rig.repo.clock.advance(std::chrono::hours(24 * 365 * 5) - std::chrono::minutes(4));
    CHECK(opened.find("latest", rig.context()).id == ahead);
    CHECK(rig.warnings.texts.size() == 2);
  };
  check(Counted<PackedRepository>(3));
  check(Counted<PlainRepository>(3));
}

TEST_CASE("if all backups are dated in the future, the newest is the latest, with a warning") {
  Counted<PackedRepository> rig(3);
  rig.repo.clock.advance(-std::chrono::hours(24 * 365 * 50));
  CHECK(rig.open().find("latest", rig.context()).id == rig.ids.back());
  REQUIRE(rig.warnings.texts.size() == 1);
  CHECK(rig.warnings.texts[0].find("check the clock of this machine") != std::string::npos);
}

TEST_CASE("the latest backup has the newest data, not the newest copy") {
  const auto check = [](auto&& to) {
    Counted<PackedRepository> from(3);
    Repository source = from.open(), destination = to.open();
    std::vector<BackupId> copies;
    for (const std::size_t which : {0U, 2U, 1U}) {
      to.repo.clock.advance(std::chrono::hours(1));
      copies.push_back(source.copy_to(from.ids[which], destination, {}, to.context()).id);
    }
    CHECK(destination.find("latest", to.context()).id == copies[1]);
    CHECK(destination.list(to.context()).front().id == copies[1]);
  };
  check(Counted<PackedRepository>(0));
  check(Counted<PlainRepository>(0));
}

TEST_CASE("a damaged backup that is skipped in the search for the latest is named") {
  Counted<PackedRepository> rig(2);
  rig.repo.storage->set("backups/" + rig.ids[1], Bytes(100));
  CHECK(rig.open().find("latest", rig.context()).id == rig.ids[0]);
  REQUIRE(rig.warnings.texts.size() == 1);
  CHECK(rig.warnings.texts[0].find("skipped") != std::string::npos);
}

TEST_CASE("a list with a cache reads each backup and proof only once ever, and shows no missing backup") {
  const auto check = [](auto&& rig) {
    const auto prove = [&](const BackupId& id) { rig.open().verify(id, {.level = VerifyLevel::full}, rig.context()); };
    prove(rig.ids[0]);
    const auto cache = memory_storage();
    std::vector<std::string> read;
    const auto ids = [&] {
      const Repository opened(open_on(rig.repo, cached_storage(rig.repo.storage, cache, "index/")), builtin_drivers(), rig.repo.key);
      read.clear();
      rig.repo.storage->set_hook([&read](const HookedStorage::Step& step) {
        const bool is_read = step.when == HookedStorage::When::before && step.operation == "read";
        if (is_read && !step.object.starts_with("removed/")) read.push_back(step.object);
      });
      std::vector<std::string> lines;
      for (const BackupInfo& backup : opened.list(rig.context())) {
        lines.push_back(backup.id + " " + to_string(backup.level) + (backup.damage.empty() ? "" : " damaged"));
      }
      rig.repo.storage->set_hook({});
      return lines;
    };
    const auto first = ids();
    CHECK(first.size() == 3);
    CHECK(read.size() == 4);
    CHECK(first.back() == rig.ids[0] + " checksummed");
    CHECK(ids() == first);
    CHECK(read.empty());

    prove(rig.ids[2]);
    const BackupId more = rig.repo.backup({{"entry", "new"}});
    CHECK(ids().front() == more + " stored");
    CHECK(read.size() == 2);

    // One removed, one missing, one replaced.
    rig.open().remove(rig.ids[0], rig.context());
    CHECK(ids().size() == 3);
    std::string record;
    for (const auto& [name, bytes] : rig.repo.storage->objects()) {
      const bool is_record = name == "backups/" + more || name.starts_with(more + "/manifest");
      if (is_record) record = name;
    }
    const Bytes whole = rig.repo.storage->objects().at(record);
    rig.repo.storage->erase(record);
    CHECK(ids().size() == 2);
    rig.repo.clock.advance(std::chrono::seconds(1));
    rig.repo.storage->set(record, Bytes(whole.size()));
    CHECK(ids().front() == more + " stored damaged");
    rig.repo.storage->set(record, whole);
    CHECK(ids().front() == more + " stored");

    // A cache with other contents counts as none.
    const Bytes kept = get(*cache, "copies", 1U << 20);
    for (const std::size_t at : {std::size_t{0}, kept.size() / 2, kept.size() - 1}) {
      Bytes changed = kept;
      changed[at] ^= std::byte{1};
      cache->remove("copies");
      cache->put_new("copies", changed);
      CHECK(ids().front() == more + " stored");
      CHECK(!read.empty());
      CHECK(ids().size() == 3);
      CHECK(read.empty());
    }
  };
  for (const bool encrypted : {true, false}) {
    check(Counted<PackedRepository>(3, encrypted));
    check(Counted<PlainRepository>(3, encrypted));
  }
}

TEST_CASE("a damaged backup is read again by each list: the cache keeps only objects that opened") {
  Counted<PackedRepository> rig(2);
  const auto cache = memory_storage();
  rig.repo.storage->set("backups/" + rig.ids[1], Bytes(100));
  for (int round = 0; round < 2; ++round) {
    const Repository opened(open_on(rig.repo, cached_storage(rig.repo.storage, cache, "index/")), builtin_drivers(), rig.repo.key);
    CHECK(!opened.list(rig.context()).front().damage.empty());
  }
}
