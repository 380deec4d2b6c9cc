#include "holdfast/repository.hpp"
#include "operations/recorded.hpp"
#include "repository/layout.hpp"
#include "repository/reserve.hpp"
#include "storage/locks.hpp"

namespace holdfast {

RetentionPlan Repository::plan(const RetentionPolicy& policy, Context& context) const {
  check_policy(policy);  // before any backup is read
  RetentionPlan plan = plan_retention(list(context), policy, context.now());
  for (RetentionDecision& decision : plan.decisions) {
    if (decision.action != RetentionAction::remove) continue;
    if (const auto until = layout_->removable_from(decision.backup.id, context)) {
      decision.action = RetentionAction::keep;
      decision.reasons = {lock_text(*until)};
    }
  }
  return plan;
}

RetentionPlan Repository::expire(const RetentionPolicy& policy, Context& context) {
  return recorded(context, "expire", *layout_, kAuditedAndKept, [&](OperationRecord& record) {
    RetentionPlan plan = this->plan(policy, context);
    for (const RetentionDecision& decision : plan.decisions) {
      if (decision.action != RetentionAction::remove) continue;
      context.check();
      context.phase("removing " + decision.backup.id);
      with_reserve(layout_->storage(), context, [&] { layout_->remove(decision.backup.id, context); });
      record.backups.push_back(decision.backup.id);
    }
    std::uint64_t collected = 0;
    with_reserve(layout_->storage(), context, [&] { collected = layout_->collect_leftovers(context); });
    if (collected != 0) context.log("removed " + std::to_string(collected) + " objects that unfinished backups left");
    record.counts = {{"removed", plan.removed()}, {"kept", plan.decisions.size() - plan.removed()}, {"freed_bytes", plan.freed_bytes()}};
    return plan;
  });
}

}  // namespace holdfast
