#include "holdfast/repository.hpp"
#include "operations/recorded.hpp"
#include "operations/thawed.hpp"

namespace holdfast {

void Repository::export_to(const BackupId& id, std::uint32_t source, const ExportOptions& options, Writer& out, Context& context) {
  recorded(context, "export", info(), [&](OperationRecord& record) {
    record.backups = {id};
    require_thawed(*layout_, id, options.selection.empty() ? Wanted::one_source : Wanted::a_selection, context);
    const BackupView backup = view(id, source, context);
    context.phase("exporting " + id);
    record.sources = {backup.source().uri};
    drivers_.named(backup.source().driver).export_to(backup, options, out, context);
    out.commit();
    record.counts["bytes"] = context.bytes_done();
  });
}

}  // namespace holdfast
