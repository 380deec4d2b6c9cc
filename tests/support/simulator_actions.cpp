#include <algorithm>

#include "holdfast/error.hpp"
#include "holdfast/repository.hpp"
#include "support/simulator.hpp"

namespace holdfast::test {

namespace {

/// Wraps the actor's own layout, which lives longer.
Repository as_repository(Actor& actor) { return {std::shared_ptr<Layout>(std::shared_ptr<Layout>(), &actor.layout()), {}}; }

/// Few names and few contents, so that backups share most of their data.
Contents some_contents(SeededRandom& random) {
  constexpr std::array kBytes{"", "x", "yy", "zzz", "xyxyxyxyxyxyxyxyxyxyxyxyx"};
  Contents contents;
  for (std::uint64_t left = 1 + random.below(3); left != 0; --left) {
    contents[std::string(1, static_cast<char>('a' + random.below(4)))] = kBytes[random.below(kBytes.size())];
  }
  return contents;
}

/// Checks that a writer may fail like this: only if it was silent for too long, or its backup was removed right after
/// its commit.
void check_failure(Actor& actor, const Error& error, bool removed = false) {
  const bool fenced = error.code() == ErrorCode::conflict || error.code() == ErrorCode::already_exists;
  if (!fenced || (!actor.was_silent() && !removed)) actor.fail("a live writer fails: " + error.message());
}

/// Copies entries from the previous backup unchanged where the repository allows it. Entries that are gone are left
/// out.
Contents take_over(BackupSession& session, Contents added) {
  BackupWriter& writer = add_shop(session);
  Contents contents;
  if (const auto earlier = writer.previous([](const SourceRecord&) { return true; })) {
    for (const EntryRecord* entry : earlier->entries()) {
      try {
        const std::string bytes(as_text(read_all(*earlier->open(*entry), 1U << 20)));
        const auto taken = writer.reuse(*entry);
        if (!taken) continue;
        taken->commit();
        contents[entry->name] = bytes;
      } catch (const Error& error) {  // removed and collected since it was listed
        if (error.code() != ErrorCode::corrupt && error.code() != ErrorCode::not_found) throw;
      }
    }
  }
  std::erase_if(added, [&](const auto& entry) { return contents.contains(entry.first); });
  write_entries(writer, added);
  contents.merge(added);
  return contents;
}

Contents write_all(BackupSession& session, Contents contents) {
  fill(session, contents);
  return contents;
}

void back_up_with(Actor& actor, Contents (*write)(BackupSession&, Contents)) {
  std::optional<std::size_t> attempt;
  BackupId id;
  // A process that dies reports nothing; any other end of the attempt is reported.
  Oracle::Outcome outcome = Oracle::Outcome::died;
  struct AtEnd {
    std::function<void()> run;
    ~AtEnd() { run(); }
  } const at_end{[&] {
    if (attempt) actor.oracle().end(id, *attempt, outcome);
  }};
  try {
    const auto session = actor.layout().begin({.compression = "none"}, actor.context());
    const Contents contents = write(*session, some_contents(actor.random()));
    id = session->id();
    if (actor.oracle().is_committed(id)) actor.fail("a second backup is made under the id " + id);
    attempt = actor.oracle().begin(id, contents);
    session->commit();
    outcome = Oracle::Outcome::committed;
  } catch (const Error& error) {
    if (actor.died()) return;
    outcome = Oracle::Outcome::failed;
    check_failure(actor, error, attempt && actor.oracle().removal_began_since(id, *attempt));
  }
}

void back_up(Actor& actor) { back_up_with(actor, write_all); }
void back_up_what_changed(Actor& actor) { back_up_with(actor, take_over); }

void give_up(Actor& actor) {
  try {
    const auto session = actor.layout().begin({.compression = "none"}, actor.context());
    fill(*session, some_contents(actor.random()));
  } catch (const Error& error) {
    if (!actor.died()) check_failure(actor, error);
  }
}

void remove_one(Actor& actor) {
  const std::vector<BackupInfo> backups = actor.layout().list(actor.context());
  if (backups.empty()) return;
  const BackupId& id = backups[actor.random().below(backups.size())].id;
  Oracle::Change removal = actor.oracle().begin_removal(id);
  try {
    actor.layout().remove(id, actor.context());
    removal.done();
  } catch (const Error& error) {  // another actor does it
    if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::conflict) throw;
  }
}

/// Reads one listed backup. A fault counts if the backup was committed before and nobody has begun to remove it.
template <typename Look>
void look_at_one(Actor& actor, const Look& look) {
  const std::vector<BackupId> committed = actor.oracle().committed();
  std::vector<BackupId> ids;
  for (const BackupInfo& info : actor.layout().list(actor.context())) ids.push_back(info.id);
  if (ids.empty()) return;
  const BackupId& id = ids[actor.random().below(ids.size())];
  const bool mine = std::ranges::find(committed, id) != committed.end();
  std::string problem;
  try {
    problem = look(id);
  } catch (const Error& error) {
    problem = error.message();
  }
  if (!problem.empty() && mine && actor.oracle().is_committed(id)) actor.fail("a committed backup is not whole: " + problem);
}

void read_one(Actor& actor) {
  look_at_one(actor, [&](const BackupId& id) -> std::string {
    const Contents contents = read_back(actor.layout(), id, actor.context());
    return actor.oracle().may_hold(id, contents) ? "" : "it holds what nobody wrote";
  });
}

void verify_one(Actor& actor) {
  look_at_one(actor, [&](const BackupId& id) { return faults(actor.layout(), id, VerifyLevel::full, actor.context()); });
}

/// Any listed backup may be copied out, completely.
void copy_out(Actor& actor) {
  look_at_one(actor, [&](const BackupId& id) -> std::string {
    const LayoutKit& plain = layout_kits().front();
    const std::shared_ptr<Storage> storage = memory_storage();
    plain.create(storage, actor.context());
    Repository to(plain.open(storage, actor.context()), {});
    const BackupId made = as_repository(actor).copy_to(id, to, {.compression = "none"}, actor.context()).id;
    const Contents contents = read_back(*plain.open(storage, actor.context()), made, actor.context());
    return actor.oracle().may_hold(id, contents) ? "" : "its copy holds what nobody wrote";
  });
}

void collect(Actor& actor) {
  try {
    actor.kit().collect(actor.layout(), actor.context());
  } catch (const Error& error) {  // it slept so long that another actor removed its records
    if (error.code() != ErrorCode::conflict) throw;
  }
}

/// Puts garbage, copies and earlier objects under any name, as somebody without a key.
void forge(Actor& actor) {
  SeededRandom& random = actor.random();
  if (actor.kit().bears_replays && random.once_in(3)) {
    if (const auto gone = actor.something_gone()) actor.forge(gone->first, gone->second);
    return;
  }
  const std::vector<std::string> names = object_names(actor.storage());
  const std::string name = actor.kit().forgeable(names, random);
  Bytes bytes(random.below(2) * 100, std::byte{7});
  if (random.once_in(2)) {
    try {
      bytes = get(actor.storage(), names[random.below(names.size())], 1U << 20);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;
    }
    if (random.once_in(3)) bytes.resize(bytes.size() / 2);
  }
  actor.forge(name, bytes);
}

}  // namespace

void copy_one(Actor& actor) {
  Oracle& oracle = actor.oracle();
  const std::vector<BackupId> committed = oracle.committed();
  if (committed.empty()) return;
  const BackupId& id = committed[actor.random().below(committed.size())];
  const std::uint64_t removals = oracle.removals(id);
  std::optional<std::size_t> copy;
  BackupId made;
  Oracle::Outcome outcome = Oracle::Outcome::died;
  struct AtEnd {
    std::function<void()> run;
    ~AtEnd() { run(); }
  } const at_end{[&] {
    if (copy) oracle.end_copy(*copy, outcome, made);
  }};
  try {
    copy = oracle.begin_copy(read_back(actor.layout(), id, actor.context()));
    Repository repository = as_repository(actor);
    made = repository.copy_to(id, repository, {.compression = "none"}, actor.context()).id;
    outcome = Oracle::Outcome::committed;
  } catch (const Error& error) {
    if (actor.died()) return;
    outcome = Oracle::Outcome::failed;
    if (oracle.is_committed(id) && oracle.removals(id) == removals) check_failure(actor, error);
  }
}

void bring_one_back(Actor& actor) {
  const std::vector<BackupId> removed = actor.oracle().removed();
  if (removed.empty()) return;
  const BackupId& id = removed[actor.random().below(removed.size())];
  Oracle::Change restore = actor.oracle().begin_restore(id);
  try {
    actor.layout().undo_remove(id, actor.context());
    restore.done();
  } catch (const Error& error) {  // it is collected, or another actor restores it
    if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::conflict) throw;
  }
}

const std::vector<ActorAction>& common_actions() {
  static const std::vector<ActorAction> actions{
      {"back up", Role::writer, 6, back_up},
      {"back up what changed", Role::writer, 2, back_up_what_changed},
      {"begin a backup and give it up", Role::writer, 1, give_up},
      {"remove", Role::remover, 1, remove_one},
      {"read", Role::reader, 2, read_one},
      {"verify", Role::reader, 1, verify_one},
      {"collect", Role::collector, 1, collect},
      {"copy out", Role::reader, 1, copy_out},
      {"forge", Role::forger, 1, forge},
  };
  return actions;
}

}  // namespace holdfast::test
