// Verifications that found faults are on record in both layouts (docs/format.md, docs/format-packed.md, "proof"), and
// a listing shows the newest until a later verification of its level finds none.

#include <doctest/doctest.h>

#include "support/packed_repository.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

VerifyReport failing(const BackupId& id, VerifyLevel level, std::vector<Fault> faults = {{"TABLE app.post", "3 rows instead of 4"}}) {
  VerifyReport report{.id = id, .level = level};
  (level == VerifyLevel::restore ? report.proof.faults : report.faults) = std::move(faults);
  return report;
}

VerifyReport passing(const BackupId& id, VerifyLevel level) {
  VerifyReport report{.id = id, .level = level};
  report.proof.level = ProofLevel::content_equal;
  return report;
}

template <typename Repo>
struct Verified {
  Repo repo{true};
  BackupId id = repo.backup({{"a", "1"}});

  // Each verification ends an hour after the one before.
  Verified& record(const VerifyReport& report) {
    repo.clock.advance(std::chrono::hours(1));
    repo.layout->record_proof(report, repo.context);
    return *this;
  }
  BackupInfo listed() { return repo.layout->list(repo.context).at(0); }
};

}  // namespace

TEST_CASE_TEMPLATE("a verification with faults is listed with its faults, and the proof before it stays", Repo, PlainRepository,
                   PackedRepository) {
  Verified<Repo> backup;
  backup.record(passing(backup.id, VerifyLevel::restore));
  const TimePoint proven = backup.repo.clock.now();
  backup.record(failing(backup.id, VerifyLevel::restore));
  const BackupInfo listed = backup.listed();
  CHECK(listed.level == ProofLevel::content_equal);
  CHECK(listed.proven == proven);
  REQUIRE(listed.failed);
  CHECK(listed.failed->time == backup.repo.clock.now());
  CHECK(listed.failed->level == ProofLevel::restored);
  CHECK(listed.failed->faults == 1);
  CHECK(listed.failed->first == std::vector<std::string>{"TABLE app.post: 3 rows instead of 4"});
  CHECK(to_text(backup.repo.common_faults()) == "");  // the record itself is sound
}

TEST_CASE_TEMPLATE("a later proof of the same level or a higher one ends a failure, one of a lower level does not", Repo, PlainRepository,
                   PackedRepository) {
  Verified<Repo> backup;
  backup.record(failing(backup.id, VerifyLevel::restore)).record(passing(backup.id, VerifyLevel::full));
  CHECK(backup.listed().failed);
  backup.record(passing(backup.id, VerifyLevel::restore));
  CHECK_FALSE(backup.listed().failed);
  backup.record(failing(backup.id, VerifyLevel::full));
  CHECK(backup.listed().failed);  // newer than the proof of a higher level
  backup.record(passing(backup.id, VerifyLevel::full));
  CHECK_FALSE(backup.listed().failed);
  backup.record(failing(backup.id, VerifyLevel::quick));
  CHECK(backup.listed().failed->level == ProofLevel::stored);
}

TEST_CASE_TEMPLATE("many, long and foreign faults give a short record of valid text", Repo, PlainRepository, PackedRepository) {
  Verified<Repo> backup;
  std::vector<Fault> faults(500, {"TABLE caf\xe9", "differs"});
  faults[1] = {"TABLE t", std::string(498 - 9, 'x') + "ééé"};
  backup.record(failing(backup.id, VerifyLevel::restore, std::move(faults)));
  const auto failed = backup.listed().failed;
  REQUIRE(failed);
  CHECK(failed->faults == 500);
  REQUIRE(failed->first.size() == 20);
  CHECK(failed->first[0] == "TABLE caf\xef\xbf\xbd: differs");
  CHECK(failed->first[1] == "TABLE t: " + std::string(498 - 9, 'x') + "é…");
}

TEST_CASE_TEMPLATE("the removal of a backup takes its failed proofs along", Repo, PlainRepository, PackedRepository) {
  Verified<Repo> backup;
  backup.record(failing(backup.id, VerifyLevel::full));
  backup.repo.layout->remove(backup.id, backup.repo.context);
  for (int run = 0; run < 3; ++run) {
    backup.repo.clock.advance(std::chrono::hours(25));
    backup.repo.layout->collect_garbage({.grace = std::chrono::seconds(0)}, backup.repo.context);
  }
  for (const auto& [name, bytes] : backup.repo.storage->objects()) CHECK_FALSE(name.starts_with("proofs/"));
}
