#include "holdfast/report.hpp"
#include "holdfast/repository.hpp"
#include "operations/recorded.hpp"
#include "repository/layout.hpp"
#include "repository/reserve.hpp"

namespace holdfast {

GarbageReport Repository::collect_garbage(const GarbageOptions& options, Context& context) {
  const std::string name = options.dry_run ? "gc_dry_run" : "gc";
  return recorded(context, name, *layout_, options.dry_run ? kUntraced : kAuditedAndKept, [&](OperationRecord& record) {
    GarbageReport report;
    with_reserve(layout_->storage(), context, [&] { report = layout_->collect_garbage(options, context); });
    record.counts = counts_of(report);
    return report;
  });
}

RepairReport Repository::repair(Context& context) {
  return recorded(context, "repair", *layout_, kKept, [&](OperationRecord& record) {
    const RepairReport report = layout_->repair(context);
    record.counts = counts_of(report);
    return report;
  });
}

}  // namespace holdfast
