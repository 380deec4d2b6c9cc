// Copies between layouts, differences of backups, and keys, through Repository.

#include <doctest/doctest.h>

#include "support/opened_repository.hpp"
#include "support/packed_repository.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

std::map<std::string, std::string> contents(const Repository& repository, const BackupId& id, Context& context) {
  std::map<std::string, std::string> all;
  const BackupView view = repository.view(id, 0, context);
  for (const EntryRecord* entry : view.entries()) all[entry->name] = as_text(read_all(*view.open(*entry), 1U << 20));
  return all;
}

template <typename From, typename To>
void check_copy() {
  OpenedRepository<From> from;
  OpenedRepository<To> to;
  const BackupId id = back_up(from.repository, from.repo.context, {{"a", "one"}, {"b", ""}, {"c/d", "three"}});
  to.repo.clock.advance(std::chrono::hours(100));
  const BackupInfo copied = from.repository.copy_to(id, to.repository, {}, to.repo.context);
  const BackupInfo original = from.repository.find(id, from.repo.context);
  CHECK(copied.time == original.time);
  CHECK(copied.tags == original.tags);
  CHECK(contents(to.repository, copied.id, to.repo.context) == contents(from.repository, id, from.repo.context));
  CHECK(to.repository.view(copied.id, 0, to.repo.context).find("a")->restore_with == "cat >> \"$TARGET\"");
}

}  // namespace

TEST_CASE("a backup is copied between the layouts, with its time, tags and restore commands") {
  check_copy<PlainRepository, PackedRepository>();
  check_copy<PackedRepository, PlainRepository>();
  check_copy<PackedRepository, PackedRepository>();
}

TEST_CASE("a copy of a damaged backup fails and leaves nothing listed") {
  OpenedRepository<PlainRepository> from;
  OpenedRepository<PackedRepository> to;
  const BackupId id = back_up(from.repository, from.repo.context, {{"a", "some text"}});
  for (auto& [name, bytes] : from.repo.storage->objects()) {
    if (name.find("entries/") == std::string::npos) continue;
    Bytes changed = bytes;
    changed[50] ^= std::byte{1};
    from.repo.storage->set(name, std::move(changed));
  }
  CHECK(code_of([&] { from.repository.copy_to(id, to.repository, {}, to.repo.context); }) == ErrorCode::corrupt);
  CHECK(to.repository.list(to.repo.context).empty());
}

TEST_CASE("a difference of two backups names added, removed and changed entries") {
  OpenedRepository<PackedRepository> at;
  const BackupId first = back_up(at.repository, at.repo.context, {{"same", "1"}, {"changed", "old"}, {"removed", "x"}});
  const BackupId second = back_up(at.repository, at.repo.context, {{"added", "y"}, {"changed", "new"}, {"same", "1"}});
  const BackupDiff diff = at.repository.diff(first, second, at.repo.context);
  REQUIRE(diff.added.size() == 1);
  REQUIRE(diff.removed.size() == 1);
  REQUIRE(diff.changed.size() == 1);
  CHECK(diff.added[0].name == "added");
  CHECK(diff.removed[0].name == "removed");
  CHECK(diff.changed[0].name == "changed");
  CHECK(diff.unchanged == 1);
}

TEST_CASE("an added key opens the repository, the key in use cannot be removed, and a rotation keeps old and new backups readable") {
  OpenedRepository<PackedRepository> at;
  Context& context = at.repo.context;
  const BackupId old_backup = back_up(at.repository, context, {{"a", "old"}});
  const Key other = raw_key(Secret(std::string_view("another key of thirty-two bytes!")));
  const std::string added = at.repository.add_key(other, context);
  CHECK(at.repository.keys().size() == 2);
  const std::string first = at.repository.keys()[0].id == added ? at.repository.keys()[1].id : at.repository.keys()[0].id;
  CHECK(code_of([&] { at.repository.remove_key(first, context); }) == ErrorCode::invalid_state);
  at.repository.rotate_data_key(context);

  at.repo.key = other;
  at.repo.reopen();
  Repository later(std::move(at.repo.layout), builtin_drivers(), other);
  later.remove_key(first, context);
  CHECK(later.keys().size() == 1);
  const BackupId new_backup = back_up(later, context, {{"a", "new"}, {"b", "old"}});
  CHECK(contents(later, old_backup, context)["a"] == "old");
  CHECK(contents(later, new_backup, context)["a"] == "new");
  CHECK(contents(at.repository, new_backup, context)["a"] == "new");  // opened before the rotation
  at.repo.key = test_key();
  CHECK(code_of([&] { at.repo.reopen(); }) == ErrorCode::wrong_key);
}
