#include "operations/expire.hpp"

#include <algorithm>

#include "base/if_there.hpp"
#include "operations/recorded.hpp"
#include "repository/layout.hpp"
#include "repository/reserve.hpp"
#include "storage/locks.hpp"

namespace holdfast {

namespace {

RetentionPlan plan_for(Layout& layout, std::vector<BackupInfo> backups, const RetentionPolicy& policy, Context& context) {
  RetentionPlan plan = plan_retention(backups, policy, context.now());
  for (RetentionDecision& decision : plan.decisions) {
    if (decision.action != RetentionAction::remove) continue;
    if_there([&] {  // two may expire one repository at once
      if (const auto until = layout.removable_from(decision.backup.id, context)) {
        decision.action = RetentionAction::keep;
        decision.reasons = {lock_text(*until)};
      }
    });
  }
  return plan;
}

/// Runs `make_plan` and carries its plan out.
template <class MakePlan>
RetentionPlan carry_out(Layout& layout, Context& context, const MakePlan& make_plan) {
  return recorded(context, "expire", layout, kAuditedAndKept, [&](OperationRecord& record) {
    RetentionPlan plan = make_plan();
    std::erase_if(plan.decisions, [&](const RetentionDecision& decision) {
      if (decision.action != RetentionAction::remove) return false;
      context.check();
      context.phase("removing " + decision.backup.id);
      const bool removed = if_there([&] { with_reserve(layout.storage(), context, [&] { layout.remove(decision.backup.id, context); }); });
      if (removed) record.backups.push_back(decision.backup.id);
      return !removed;
    });
    std::uint64_t collected = 0;
    with_reserve(layout.storage(), context, [&] { collected = layout.collect_leftovers(context); });
    if (collected != 0) context.log("removed " + std::to_string(collected) + " objects that unfinished backups left");
    record.counts = {{"removed", plan.removed()}, {"kept", plan.decisions.size() - plan.removed()}, {"freed_bytes", plan.freed_bytes()}};
    return plan;
  });
}

}  // namespace

RetentionPlan Repository::plan(const RetentionPolicy& policy, Context& context) const {
  check_policy(policy);  // before any backup is read
  return plan_for(*layout_, list(context), policy, context);
}

RetentionPlan Repository::expire(const RetentionPolicy& policy, Context& context) {
  return carry_out(*layout_, context, [&] { return plan(policy, context); });
}

RetentionPlan plan_series(Repository& repository, const std::string& series, const RetentionPolicy& policy, Context& context) {
  check_policy(policy);
  std::vector<BackupInfo> backups = repository.list(context);
  std::erase_if(backups, [&](const BackupInfo& backup) { return !backup.damage.empty() || series_of(backup) != series; });
  return plan_for(repository.layout(), std::move(backups), policy, context);
}

RetentionPlan expire_series(Repository& repository, const std::string& series, const RetentionPolicy& policy, Context& context) {
  return carry_out(repository.layout(), context, [&] { return plan_series(repository, series, policy, context); });
}

}  // namespace holdfast
