#include "holdfast/repository.hpp"
#include "operations/recorded.hpp"
#include "repository/layout.hpp"
#include "repository/reserve.hpp"

namespace holdfast {

void Repository::remove(const BackupId& id, Context& context) {
  recorded(context, "remove", *layout_, kAuditedAndKept, [&](OperationRecord& record) {
    record.backups = {id};
    with_reserve(layout_->storage(), context, [&] { layout_->remove(id, context); });
  });
}

void Repository::undo_remove(const BackupId& id, Context& context) {
  recorded(context, "undo_remove", *layout_, kAuditedAndKept, [&](OperationRecord& record) {
    record.backups = {id};
    layout_->undo_remove(id, context);
  });
}

}  // namespace holdfast
