#include "holdfast/repository.hpp"
#include "operations/recorded.hpp"
#include "operations/thawed.hpp"
#include "repository/layout.hpp"

namespace holdfast {

void Repository::export_to(const BackupId& id, std::uint32_t source, const ExportOptions& options, Writer& out, Context& context) {
  recorded(context, "export", *layout_, kAudited, [&](OperationRecord& record) {
    record.backups = {id};
    require_thawed(*layout_, id, options.selection.empty() ? Wanted::one_source : Wanted::a_selection, context);
    const BackupView backup = view_of(layout_, layout_->manifest(id, context), source);
    record.sources = {backup.source().uri};
    const Driver& driver = drivers_.named(backup.source().driver);
    ExportOptions checked = options;
    checked.format = export_format(driver, options.format);
    check_selection(driver, options.selection);
    if (options.mask) require_masking(driver);
    context.phase("exporting " + id);
    driver.export_to(backup, checked, out, context);
    out.commit();
    record.counts["bytes"] = context.bytes_done();
  });
}

}  // namespace holdfast
