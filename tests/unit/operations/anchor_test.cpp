// Faults that only an anchor finds, in both layouts, encrypted and not; and changes that are no fault.

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "base/digest.hpp"
#include "holdfast/anchor.hpp"
#include "support/packed_repository.hpp"
#include "support/plain_repository.hpp"
#include "support/streams.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

std::shared_ptr<Layout> open_on(const PackedRepository& repo) {
  return std::make_shared<PackedLayout>(PackedPlace::open(repo.storage, read_format(*repo.storage), repo.key));
}
std::shared_ptr<Layout> open_on(const PlainRepository& repo) {
  return std::make_shared<PlainLayout>(PlainPlace::open(repo.storage, repo.key));
}

// Returns the object that makes a backup exist.
std::string record_of(const PackedRepository&, const BackupId& id) { return "backups/" + id; }
std::string record_of(const PlainRepository& repo, const BackupId& id) { return id + "/manifest.json" + (repo.key ? ".enc" : ""); }

template <typename Kind>
struct Rig {
  explicit Rig(bool encrypted) : repo(encrypted) { add(3); }

  void add(int count) {
    for (int i = 0; i < count; ++i) ids.push_back(repo.backup({{"a", "text " + std::to_string(ids.size())}, {"b", "more"}}));
  }
  Repository open() { return {open_on(repo), builtin_drivers(), repo.key}; }
  std::string anchor() {
    Repository opened = open();
    return make_anchor(opened, repo.context);
  }
  VerifyReport check(const std::string& text) {
    Repository opened = open();
    return check_anchor(opened, text, repo.context);
  }
  std::string faults(const std::string& text) { return to_text(check(text).faults); }
  // Returns whether verification without an anchor finds nothing.
  bool looks_whole() {
    return std::ranges::all_of(open().verify_all(VerifyLevel::full, repo.context), [](const VerifyReport& report) { return report.ok(); });
  }
  // Deletes all objects that have the backup in their names.
  void delete_all_of(const BackupId& id) {
    for (const auto& [name, bytes] : repo.storage->objects()) {
      if (name.find(id) != std::string::npos) repo.storage->erase(name);
    }
  }
  void set_back_to(const std::map<std::string, Bytes>& objects) {
    for (const auto& [name, bytes] : repo.storage->objects()) repo.storage->erase(name);
    for (const auto& [name, bytes] : objects) repo.storage->set(name, bytes);
    repo.reopen();
  }
  std::string record(const BackupId& id) { return record_of(repo, id); }

  static constexpr bool is_packed = std::is_same_v<Kind, PackedRepository>;
  Kind repo;
  std::vector<BackupId> ids;  // oldest first
};

template <typename Check>
void in_every_kind(const Check& check) {
  for (const bool encrypted : {true, false}) {
    CAPTURE(encrypted);
    {
      INFO("packed");
      Rig<PackedRepository> rig(encrypted);
      check(rig);
    }
    INFO("plain");
    Rig<PlainRepository> rig(encrypted);
    check(rig);
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an anchor names the eight newest backups by the hashes of their records") {
  in_every_kind([](auto& rig) {
    rig.add(7);
    const std::string anchor = rig.anchor();
    std::vector<std::string> wanted{"holdfast anchor 1", "repository " + rig.repo.layout->info().id};
    for (std::size_t i = 0; i < 8; ++i) {
      const BackupId& id = rig.ids[rig.ids.size() - 1 - i];
      wanted.push_back("backup " + id + " " + sha256_hex(rig.repo.storage->objects().at(rig.record(id))));
    }
    wanted.emplace_back("end");
    CHECK(lines_of(anchor) == wanted);
    CHECK(rig.check(anchor).ok());
    CHECK(rig.check(anchor).objects == 8);
    rig.add(1);
    CHECK(rig.check(anchor).ok());
  });
}

TEST_CASE("an anchor finds that the newest backup was deleted, which nothing else does") {
  in_every_kind([](auto& rig) {
    const std::string anchor = rig.anchor();
    const BackupId newest = rig.ids.back();
    rig.delete_all_of(newest);
    CHECK(rig.looks_whole());
    const std::string faults = rig.faults(anchor);
    CHECK(faults.starts_with(newest + ": is gone"));
    CHECK(lines_of(faults).size() == 1);
  });
}

TEST_CASE("an anchor finds that a repository was reset to an older copy, even if backups were added after that") {
  in_every_kind([](auto& rig) {
    const auto older = rig.repo.storage->objects();
    rig.add(2);
    const std::string anchor = rig.anchor();
    rig.set_back_to(older);
    for (const int later : {0, 1}) {
      rig.add(later);
      CHECK(rig.looks_whole());
      const std::string faults = rig.faults(anchor);
      CHECK(lines_of(faults).size() == 2);
      CHECK(has(faults, rig.ids[3] + ": is gone"));
      CHECK(has(faults, rig.ids[4] + ": is gone"));
    }
  });
}

TEST_CASE("an anchor finds that a backup was replaced by another of its name, or does not open") {
  in_every_kind([](auto& rig) {
    const auto older = rig.repo.storage->objects();
    const BackupId newest = rig.ids.back();
    Bytes some(251);
    for (std::size_t i = 0; i < some.size(); ++i) some[i] = static_cast<std::byte>(i * i);
    CountingRandom before(some), after(some);
    rig.repo.context.host.random = &before;
    rig.add(1);
    const std::string anchor = rig.anchor();
    rig.set_back_to(older);
    rig.repo.context.host.random = &after;
    rig.repo.clock.advance(std::chrono::seconds(-1));
    REQUIRE(rig.repo.backup({{"a", "other text"}}) == rig.ids.back());
    CHECK(rig.looks_whole());
    CHECK(has(rig.faults(anchor), rig.ids.back() + ": is not the backup that existed"));
    rig.repo.context.host.random = &system_random();

    const Bytes other = rig.repo.storage->objects().at(rig.record(rig.ids.back()));
    rig.repo.storage->set(rig.record(rig.ids.back()), rig.repo.storage->objects().at(rig.record(newest)));
    CHECK(has(rig.faults(anchor), rig.record(rig.ids.back())));
    CHECK(lines_of(rig.faults(anchor)).size() == 1);

    rig.repo.storage->set(rig.record(rig.ids.back()), other);
    if (!rig.is_packed) return;
    rig.repo.layout->remove(rig.ids.back(), rig.repo.context);
    CHECK(rig.faults(anchor) == "");
  });
}

TEST_CASE("a removed backup is no fault if the removal is recorded, and otherwise the fault tells what to do") {
  in_every_kind([](auto& rig) {
    const std::string anchor = rig.anchor();
    rig.repo.layout->remove(rig.ids.back(), rig.repo.context);
    for (int round = 0; round < 3; ++round) {
      if (rig.is_packed)
        CHECK(rig.faults(anchor) == "");
      else
        CHECK(has(rig.faults(anchor), "if you removed it yourself, make a new anchor"));
      rig.repo.clock.advance(std::chrono::hours(25));
      rig.repo.layout->collect_garbage({}, rig.repo.context);
    }
    CHECK(rig.check(anchor).objects == 3);
    CHECK(!has(rig.anchor(), rig.ids.back()));
    CHECK(rig.faults(rig.anchor()) == "");
  });
}

TEST_CASE("a removal that was taken back or does not open excuses nothing") {
  Rig<PackedRepository> rig(true);
  const std::string anchor = rig.anchor();
  const BackupId newest = rig.ids.back();
  rig.repo.layout->remove(newest, rig.repo.context);
  const Bytes removal = rig.repo.storage->objects().at("removed/" + newest);
  rig.repo.layout->undo_remove(newest, rig.repo.context);
  CHECK(rig.faults(anchor) == "");
  rig.repo.storage->erase("backups/" + newest);
  CHECK(has(rig.faults(anchor), newest + ": is gone"));
  rig.repo.storage->set("removed/" + newest, removal);
  CHECK(has(rig.faults(anchor), newest + ": is gone"));
  rig.repo.storage->set("removed/" + newest, Bytes(300, std::byte{7}));
  rig.repo.storage->set("removed/" + newest + ".final", removal);
  CHECK(has(rig.faults(anchor), newest + ": is gone"));
}

TEST_CASE("a backup that somebody removes while the anchor is checked is no fault") {
  bool more = true;
  for (int moment = 0; more; ++moment) {
    CAPTURE(moment);
    Rig<PackedRepository> rig(true);
    const std::string anchor = rig.anchor();
    Repository opened = rig.open();
    Context other;
    other.host.clock = &rig.repo.clock;
    int number = 0;
    bool removed = false;
    rig.repo.storage->set_hook([&](const HookedStorage::Step& step) {
      if (removed || step.when != HookedStorage::When::before || number++ != moment) return;
      removed = true;
      rig.repo.layout->remove(rig.ids[1], other);
      for (int round = 0; round < 2; ++round) rig.repo.layout->collect_garbage({.grace = std::chrono::seconds(0)}, other);
    });
    CHECK(to_text(check_anchor(opened, anchor, rig.repo.context).faults) == "");
    rig.repo.storage->set_hook({});
    more = removed;
    REQUIRE(moment < 1000);
  }
}

TEST_CASE("a backup with a wrong clock and a damaged one displace no other in the anchor") {
  in_every_kind([](auto& rig) {
    rig.repo.clock.advance(std::chrono::hours(1000));
    rig.add(1);
    rig.repo.clock.advance(std::chrono::hours(-1000));
    const BackupId future = rig.ids.back();
    rig.add(9);
    rig.repo.storage->set(rig.record(rig.ids.back()), Bytes(100, std::byte{7}));
    const auto warnings = rig.repo.context.warnings();
    const std::string anchor = rig.anchor();
    CHECK(rig.repo.context.warnings() > warnings);
    CHECK(!has(anchor, rig.ids.back()));
    CHECK(lines_of(anchor).size() == 3 + 9);
    CHECK(has(anchor, future));
    for (std::size_t i = rig.ids.size() - 9; i < rig.ids.size() - 1; ++i) CHECK(has(anchor, rig.ids[i]));
    CHECK(rig.faults(anchor) == "");
  });
}

TEST_CASE("an anchor of another repository, a truncated one and a text that is none are refused with the reason") {
  in_every_kind([](auto& rig) {
    const auto refused = [&rig](const std::string& text, const std::string& part) {
      CAPTURE(text);
      try {
        rig.check(text);
        FAIL_CHECK("was taken");
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::invalid_argument);
        CHECK(has(error.message(), part));
        CHECK(!has(error.message(), "\n"));
      }
    };
    const std::string anchor = rig.anchor();
    for (std::size_t size = 0; size + 1 < anchor.size(); ++size) refused(anchor.substr(0, size), "");
    CHECK(rig.check(anchor.substr(0, anchor.size() - 1)).objects == 3);
    refused("", "no anchor");
    refused("holdfast anchor 2\nend\n", "no anchor");
    refused(std::string(10000, 'x'), "no anchor");
    refused("holdfast anchor 1\nend\n", "line 2");
    refused(anchor.substr(0, anchor.size() - 5), "cut off");
    refused(anchor + "backup", "line 6");
    std::string other = anchor;
    other[other.find("repository ") + 11] ^= 1;
    refused(other, "another repository");
    const std::string head = "holdfast anchor 1\nrepository " + rig.repo.layout->info().id + "\n", hash(64, 'a');
    for (const std::string& line : {std::string(), std::string("backup"), "backup " + rig.ids[0], "backup " + rig.ids[0] + " " + hash + "a",
                                    "backup " + rig.ids[0] + " " + std::string(64, 'A'), "backup ../" + rig.ids[0] + " " + hash}) {
      refused(head + line + "\nend\n", "line 3");
    }
  });
}
