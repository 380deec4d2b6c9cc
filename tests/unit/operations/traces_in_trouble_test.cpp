// Audit records, records of the history and anchors on a storage that is full, read-only or silent, from every call on:
// no result claims more than is on record, and nothing is damaged when the trouble is over.

#include <doctest/doctest.h>

#include <algorithm>

#include "holdfast/audit.hpp"
#include "holdfast/history.hpp"
#include "holdfast/host.hpp"
#include "repository/audit/trail.hpp"
#include "support/opened_repository.hpp"
#include "support/packed_repository.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

enum class Trouble { full, read_only, silent };

/// Lets a storage's calls for some objects fail, from one of them on.
class Failing {
 public:
  Failing(HookedStorage& storage, Trouble trouble, std::vector<std::string> prefixes, int from)
      : storage_(storage), trouble_(trouble), prefixes_(std::move(prefixes)), left_(from) {
    storage_.set_hook([this](const HookedStorage::Step& step) { see(step); });
  }
  ~Failing() { storage_.set_hook({}); }
  Failing(const Failing&) = delete;
  Failing& operator=(const Failing&) = delete;

  int failures() const noexcept { return failures_; }

 private:
  void see(const HookedStorage::Step& step) {
    const auto begins = [&](const std::string& prefix) { return step.object.starts_with(prefix); };
    if (step.when != HookedStorage::When::before || !std::ranges::any_of(prefixes_, begins)) return;
    const bool hit = trouble_ == Trouble::silent || (step.effect() && !(trouble_ == Trouble::full && step.operation == "remove"));
    if (!hit || left_-- > 0) return;
    ++failures_;
    if (trouble_ == Trouble::full) throw Error(ErrorCode::no_space, step.object + ": no space left");
    if (trouble_ == Trouble::read_only) throw Error(ErrorCode::permission_denied, step.object + ": the storage is read-only");
    throw Error(ErrorCode::timeout, step.object + ": no answer within 300 s", true);
  }

  HookedStorage& storage_;
  const Trouble trouble_;
  const std::vector<std::string> prefixes_;
  int left_;
  int failures_ = 0;
};

template <typename Kind>
struct TroubledRig {
  TroubledRig() { repo.context.host.principal = "ada@example.org"; }

  bool on_record(const BackupId& id) {
    return std::ranges::any_of(audit_records(repository, repo.context), [&](const AuditRecord& record) {
      return record.action == "backup" && record.outcome == "succeeded" && std::ranges::count(record.backups, id) == 1;
    });
  }
  bool in_history(const BackupId& id) {
    return std::ranges::any_of(read_history(repository, repo.context), [&](const OperationRecord& record) {
      return record.operation == "backup" && std::ranges::count(record.backups, id) == 1;
    });
  }
  void check_whole() { CHECK(verify_audit(repository, {}, repo.context).ok()); }

  Kind repo{true};
  Repository repository{std::move(repo.layout), builtin_drivers(), repo.key};
};

/// Makes a backup while calls fail from the `from`th on. Returns whether any failed.
template <typename Kind>
bool back_up_in_trouble(AuditPolicy policy, Trouble trouble, int from) {
  TroubledRig<Kind> rig;
  set_audit_policy(rig.repository, policy, rig.repo.context);
  const std::uint64_t warnings = rig.repo.context.warnings();
  std::optional<BackupId> made;
  int failures = 0;
  {
    Failing failing(*rig.repo.storage, trouble, {std::string(kAuditPrefix), "history/"}, from);
    try {
      made = back_up(rig.repository, rig.repo.context, {{"a", "text"}});
    } catch (const Error& error) {
      CHECK(error.code() != ErrorCode::internal);
    }
    failures = failing.failures();
  }
  CHECK(failures <= 4);  // a silent storage is not asked for long: each call waits for its deadline
  const bool warned = rig.repo.context.warnings() != warnings;
  if (!made) {
    CHECK(failures > 0);
    // Best effort never costs a backup, unless it can't be known whether the repository audits.
    if (policy == AuditPolicy::best_effort) CHECK(trouble == Trouble::silent);
  } else {
    if (policy == AuditPolicy::required) CHECK(rig.on_record(*made));
    if (!rig.on_record(*made)) CHECK(warned);
    const bool quiet_when_full = trouble == Trouble::full;  // --verbose tells it
    if (!rig.in_history(*made) && !quiet_when_full) CHECK(warned);
  }
  rig.check_whole();
  const BackupId next = back_up(rig.repository, rig.repo.context, {{"a", "later"}});
  CHECK(rig.on_record(next));
  CHECK(rig.in_history(next));
  rig.check_whole();
  return failures > 0;
}

constexpr Trouble kTroubles[] = {Trouble::full, Trouble::read_only, Trouble::silent};

}  // namespace

TEST_CASE_TEMPLATE("a result claims no trace that is not there, whichever call for its traces fails", Kind, PackedRepository,
                   PlainRepository) {
  for (const AuditPolicy policy : {AuditPolicy::best_effort, AuditPolicy::required}) {
    for (const Trouble trouble : kTroubles) {
      CAPTURE(static_cast<int>(policy));
      CAPTURE(static_cast<int>(trouble));
      int from = 0;
      while (back_up_in_trouble<Kind>(policy, trouble, from)) {
        REQUIRE(++from < 200);
        CAPTURE(from);
      }
      CHECK(from > 0);
    }
  }
}

TEST_CASE("an anchor is there when its call returns, whichever call for it fails") {
  for (const Trouble trouble : kTroubles) {
    CAPTURE(static_cast<int>(trouble));
    TroubledRig<PackedRepository> rig;
    set_audit_policy(rig.repository, AuditPolicy::required, rig.repo.context);
    back_up(rig.repository, rig.repo.context, {{"a", "text"}});
    int failures = 1;
    for (int from = 0; failures > 0; ++from) {
      REQUIRE(from < 50);
      HookedStorage elsewhere(rig.repo.clock);
      bool put = false;
      {
        Failing failing(elsewhere, trouble, {""}, from);
        try {
          put_audit_anchor(rig.repository, elsewhere, rig.repo.context);
          put = true;
        } catch (const Error& error) {
          CHECK(error.code() != ErrorCode::internal);
        }
        failures = failing.failures();
      }
      if (put) CHECK_FALSE(read_audit_anchors(rig.repository, elsewhere, rig.repo.context).empty());
      put_audit_anchor(rig.repository, elsewhere, rig.repo.context);
      const std::string anchors = read_audit_anchors(rig.repository, elsewhere, rig.repo.context);
      CHECK(verify_audit(rig.repository, {.anchor = anchors, .public_key = {}}, rig.repo.context).ok());
    }
  }
}
