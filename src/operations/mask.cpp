#include "holdfast/mask.hpp"

#include "holdfast/repository.hpp"
#include "operations/thawed.hpp"

namespace holdfast {

MaskCheck Repository::check_mask(const BackupId& id, std::uint32_t source, const MaskOptions& options, Context& context) const {
  require_thawed(*layout_, id, Wanted::a_selection, context);
  const BackupView backup = view(id, source, context);
  return drivers_.named(backup.source().driver).check_mask(backup, options, context);
}

std::string Repository::suggest_mask(const BackupId& id, std::uint32_t source, Context& context) const {
  require_thawed(*layout_, id, Wanted::a_selection, context);
  const BackupView backup = view(id, source, context);
  return drivers_.named(backup.source().driver).suggest_mask(backup, context);
}

}  // namespace holdfast
