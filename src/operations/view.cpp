#include "holdfast/repository.hpp"
#include "operations/audited.hpp"
#include "repository/layout.hpp"

namespace holdfast {

// Whoever has the view can read the data: the record is put before.
BackupView Repository::view(const BackupId& id, std::uint32_t source, Context& context) const {
  BackupView view = view_of(layout_, layout_->manifest(id, context), source);
  OperationRecord read;
  read.operation = "read";
  read.sources = {view.source().uri};
  read.backups = {id};
  read.outcome = Outcome::succeeded;
  AuditedOperation(*layout_, context).note(read);
  return view;
}

}  // namespace holdfast
