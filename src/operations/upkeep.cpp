#include "holdfast/report.hpp"
#include "holdfast/repository.hpp"
#include "operations/recorded.hpp"
#include "repository/layout.hpp"
#include "repository/reserve.hpp"

namespace holdfast {

GarbageReport Repository::collect_garbage(const GarbageOptions& options, Context& context) {
  const auto collect = [&](OperationRecord& record) {
    GarbageReport report;
    with_reserve(layout_->storage(), context, [&] { report = layout_->collect_garbage(options, context); });
    record.counts = counts_of(report);
    return report;
  };
  if (options.dry_run) return recorded(context, "gc_dry_run", info(), collect);
  return recorded(context, "gc", *layout_, collect);
}

RepairReport Repository::repair(Context& context) {
  return recorded(context, "repair", info(), [&](OperationRecord& record) {
    const RepairReport report = layout_->repair(context);
    record.counts = counts_of(report);
    return report;
  });
}

}  // namespace holdfast
