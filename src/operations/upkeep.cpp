#include "holdfast/repository.hpp"
#include "operations/recorded.hpp"
#include "repository/layout.hpp"
#include "repository/reserve.hpp"

namespace holdfast {

GarbageReport Repository::collect_garbage(const GarbageOptions& options, Context& context) {
  return recorded(context, options.dry_run ? "gc_dry_run" : "gc", info(), [&](OperationRecord& record) {
    GarbageReport report;
    with_reserve(layout_->storage(), context, [&] { report = layout_->collect_garbage(options, context); });
    record.counts = {{"backups", report.backups},
                     {"marked_packs", report.marked_packs},
                     {"marked_bytes", report.marked_bytes},
                     {"removed_packs", report.removed_packs},
                     {"removed_bytes", report.removed_bytes},
                     {"copied_chunks", report.copied_chunks},
                     {"leftovers", report.leftovers},
                     {"waiting", report.waiting}};
    return report;
  });
}

RepairReport Repository::repair(Context& context) {
  return recorded(context, "repair", info(), [&](OperationRecord& record) {
    const RepairReport report = layout_->repair(context);
    record.counts = {{"indexed_packs", report.indexed_packs},
                     {"removed_segments", report.removed_segments},
                     {"unreadable_packs", report.unreadable_packs}};
    return report;
  });
}

}  // namespace holdfast
