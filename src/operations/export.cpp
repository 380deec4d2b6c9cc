#include "holdfast/repository.hpp"
#include "operations/recorded.hpp"
#include "operations/thawed.hpp"

namespace holdfast {

void Repository::export_to(const BackupId& id, std::uint32_t source, const ExportOptions& options, Writer& out, Context& context) {
  recorded(context, "export", *layout_, Kept::no, [&](OperationRecord& record) {
    record.backups = {id};
    require_thawed(*layout_, id, options.selection.empty() ? Wanted::one_source : Wanted::a_selection, context);
    const BackupView backup = view(id, source, context);
    record.sources = {backup.source().uri};
    const Driver& driver = drivers_.named(backup.source().driver);
    ExportOptions checked = options;
    checked.format = export_format(driver, options.format);
    check_selection(driver, options.selection);
    context.phase("exporting " + id);
    driver.export_to(backup, checked, out, context);
    out.commit();
    record.counts["bytes"] = context.bytes_done();
  });
}

}  // namespace holdfast
