#include "holdfast/repository.hpp"
#include "operations/thawed.hpp"

namespace holdfast {

void Repository::export_to(const BackupId& id, std::uint32_t source, ExportFormat format, const Selection& selection, Writer& out,
                           Context& context) {
  const Context::Operation counted(context);
  require_thawed(*layout_, id, selection.empty() ? Wanted::one_source : Wanted::a_selection, context);
  const BackupView backup = view(id, source, context);
  context.phase("exporting " + id);
  drivers_.named(backup.source().driver).export_to(backup, format, selection, out, context);
  out.commit();
}

}  // namespace holdfast
