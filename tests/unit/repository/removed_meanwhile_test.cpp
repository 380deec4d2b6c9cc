// A backup that is removed at any moment is neither damage nor a failure for a process that reads many backups.

#include <doctest/doctest.h>

#include "support/packed_repository.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

template <typename Kind>
struct Removed {
  Removed() {
    for (int i = 0; i < 3; ++i)
      ids.push_back(repo.backup({{"shared", std::string(3000, 's')}, {"own", std::string(2000, static_cast<char>('a' + i))}}));
    other.host.clock = &repo.clock;
    other.limits.jobs = 1;
  }

  /// Runs `look`. Before the storage's call number `moment`, another process removes the second backup and collects
  /// what nobody needs then. Returns whether there were so many calls.
  template <typename Look>
  bool at(int moment, const Look& look) {
    int number = 0;
    bool removed = false;
    repo.storage->set_hook([&](const HookedStorage::Step& step) {
      if (removed || step.when != HookedStorage::When::before || number++ != moment) return;
      removed = true;
      const auto layout = second();
      layout->remove(ids[1], other);
      for (int round = 0; round < 2; ++round) layout->collect_garbage({.grace = std::chrono::seconds(0)}, other);
    });
    look();
    repo.storage->set_hook({});
    return removed;
  }

  std::unique_ptr<Layout> second() {
    if constexpr (std::is_same_v<Kind, PackedRepository>) {
      return std::make_unique<PackedLayout>(PackedPlace::open(repo.storage, read_format(*repo.storage), repo.key));
    } else {
      return std::make_unique<PlainLayout>(PlainPlace::open(repo.storage, repo.key));
    }
  }

  Kind repo{true};
  Context other;
  std::vector<BackupId> ids;  // oldest first
};

template <typename Kind, typename Look>
void at_every_moment(const Look& look) {
  bool more = true;
  for (int moment = 0; more; ++moment) {
    CAPTURE(moment);
    Removed<Kind> rig;
    more = rig.at(moment, [&] { look(rig); });
    REQUIRE(moment < 1000);
  }
}

template <typename Kind>
void check_removed(VerifyLevel level) {
  at_every_moment<Kind>([level](Removed<Kind>& rig) {
    std::vector<BackupId> whole;
    for (const VerifyReport& report : rig.repo.layout->verify_backups(level, rig.repo.context)) {
      CHECK(to_text(report.faults).empty());
      whole.push_back(report.id);
    }
    CHECK(whole.front() == rig.ids[2]);
    CHECK(whole.back() == rig.ids[0]);
  });
  at_every_moment<Kind>([level](Removed<Kind>& rig) {
    VerifyReport report;
    const ErrorCode code = code_of([&] { rig.repo.layout->verify_backup(rig.ids[1], level, report, rig.repo.context); });
    CHECK((code == ErrorCode{0} || code == ErrorCode::not_found));
    CHECK(to_text(report.faults).empty());
  });
}

template <typename Kind>
void check_listed() {
  at_every_moment<Kind>([](Removed<Kind>& rig) {
    for (const BackupInfo& backup : rig.repo.layout->list(rig.repo.context)) CHECK(backup.damage.empty());
  });
  at_every_moment<Kind>([](Removed<Kind>& rig) {
    Repository repository(rig.second(), builtin_drivers(), rig.repo.key);
    CHECK(repository.find("latest", rig.repo.context).id == rig.ids[2]);
    BackupId found = rig.ids[1];
    const ErrorCode code = code_of([&] { found = repository.find(rig.ids[1], rig.repo.context).id; });
    CHECK((code == ErrorCode{0} || code == ErrorCode::not_found));
    CHECK(found == rig.ids[1]);
  });
}

}  // namespace

TEST_CASE("a backup that is removed and collected during its verification is skipped") {
  for (const VerifyLevel level : {VerifyLevel::quick, VerifyLevel::full}) {
    check_removed<PackedRepository>(level);
    check_removed<PlainRepository>(level);
  }
}

TEST_CASE("a backup that is removed and collected during a listing or search is listed or not, without an error") {
  check_listed<PackedRepository>();
  check_listed<PlainRepository>();
}
