// The audit trail while processes die and race: no acknowledged record is lost, and there is one chain.
#include "holdfast/audit.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/crash_points.hpp"
#include "support/interleave.hpp"
#include "support/layouts.hpp"
#include "support/opened_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

/// A repository that requires audit records and has two backups, and what its processes were told was done.
struct AuditedWorld {
  explicit AuditedWorld(const LayoutKit& its_kit) : kit(its_kit) {
    context.host.clock = &clock;
    context.limits.jobs = 1;
    kit.create(storage, context);
    if (!open().info().encrypted) context.host.audit_signer = signer.get();
    set(AuditPolicy::required);
    for (BackupId& id : first) id = back_up();
  }
  virtual ~AuditedWorld() = default;

  virtual bool dead() const { return false; }
  /// Nobody hears what a dead process returns: under `best_effort`, an operation survives whatever its record meets.
  void acknowledge(const char* action, const BackupId& id = "") {
    if (!dead()) acknowledged.push_back({action, id, clock.now()});
  }

  /// A process with empty memory.
  Repository open() { return {kit.open(storage, context), builtin_drivers()}; }

  void set(AuditPolicy policy) {
    Repository process = open();
    set_audit_policy(process, policy, context);
    acknowledge("set_audit_policy");
  }
  BackupId back_up() {
    clock.advance(std::chrono::seconds(2));
    Repository process = open();
    const BackupId id = test::back_up(process, context, {{"a", "text"}});
    acknowledge("backup", id);
    return id;
  }
  void remove(const BackupId& id) {
    open().remove(id, context);
    acknowledge("remove", id);
  }
  void expire() {
    Repository process = open();
    kept_from = clock.now() - std::chrono::seconds(1);
    expire_audit(process, kept_from, context);
    acknowledge("expire_audit");
  }

  AuditReport verify() {
    Repository process = open();
    return verify_audit(process, {}, context);
  }
  void check() {
    const std::string anchor_faults = to_text(verify().faults);
    CHECK(anchor_faults == "");
    Repository process = open();
    const std::vector<AuditRecord> records = audit_records(process, context);
    const bool expired = std::ranges::any_of(records, [](const AuditRecord& record) { return record.checkpoint.has_value(); });
    for (const auto& [action, id, time] : acknowledged) {
      const bool there = std::ranges::any_of(records, [&](const AuditRecord& record) {
        return record.action == action && record.outcome == "succeeded" && (id.empty() || std::ranges::count(record.backups, id) == 1);
      });
      CHECK_MESSAGE((there || (expired && time < kept_from)), action << " " << id << " was acknowledged and is not on record");
    }
    for (const BackupInfo& backup : process.list(context)) {
      const auto begun = [](const AuditRecord& record) { return record.action == "backup" && record.outcome == "running"; };
      CHECK_MESSAGE((expired || std::ranges::any_of(records, begun)),
                    "backup " << backup.id << " was made without a record of its beginning");
    }
    back_up();  // the next process continues the chain
    CHECK(to_text(verify().faults) == "");
  }

  const LayoutKit& kit;
  StandingClock clock;
  Context context;
  std::shared_ptr<HookedStorage> storage = std::make_shared<HookedStorage>(clock);
  std::shared_ptr<AuditSigner> signer = ed25519_signer(Secret(std::string(32, 's')));
  std::array<BackupId, 2> first;
  struct Acknowledged {
    std::string action;
    BackupId id;
    TimePoint time;
  };
  std::vector<Acknowledged> acknowledged;
  TimePoint kept_from{};  // an expiry may remove the records from before
};

using CrashableAudit = Crashable<AuditedWorld>;

}  // namespace

TEST_CASE("a process that dies at any effect of an audited operation loses no acknowledged record and breaks no chain") {
  for (const LayoutKit& kit : layout_kits()) {
    for_each_crash_point(
        kit.name + ": audited operations", [&] { return std::make_unique<CrashableAudit>(kit); },
        [](CrashableAudit& world) {
          world.remove(world.first[0]);
          world.back_up();
          world.set(AuditPolicy::best_effort);
          world.remove(world.first[1]);
          world.expire();
        },
        [](CrashableAudit& world) { world.check(); });
  }
}

TEST_CASE("two processes that leave audit records at once, in any order of their steps, keep one chain with all records") {
  for (const LayoutKit& kit : layout_kits()) {
    for_each_stop(
        kit.name + ": two audited removals", [&] { return std::make_unique<AuditedWorld>(kit); },
        [](AuditedWorld& world) { world.remove(world.first[0]); }, [](AuditedWorld& world) { world.remove(world.first[1]); },
        [](AuditedWorld& world) { world.check(); });
    for_each_stop(
        kit.name + ": a removal during an expiry of records", [&] { return std::make_unique<AuditedWorld>(kit); },
        [](AuditedWorld& world) { world.expire(); }, [](AuditedWorld& world) { world.remove(world.first[1]); },
        [](AuditedWorld& world) { world.check(); });
    for_each_stop(
        kit.name + ": two expiries of records", [&] { return std::make_unique<AuditedWorld>(kit); },
        [](AuditedWorld& world) { world.expire(); }, [](AuditedWorld& world) { world.expire(); },
        [](AuditedWorld& world) { world.check(); });
  }
}
