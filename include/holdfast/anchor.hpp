#pragma once

#include <string>
#include <string_view>

#include "holdfast/context.hpp"
#include "holdfast/repository.hpp"

namespace holdfast {

/// Returns a short text that names the newest backups (docs/format.md, "Anchors"). Keep it out of reach of anyone who
/// may remove objects from the storage. Check the old anchor before you replace it. Leaves out a backup that can't be
/// read, with a warning.
std::string make_anchor(Repository& repository, Context& context);

/// Finds what the storage alone can't show: that somebody removed the newest backups with every trace of them, or set
/// the whole storage back to an earlier state. The report has one fault for each backup of the anchor that is missing
/// or changed. A recorded removal is no fault. A plain repository records no removals: make a new anchor after you
/// remove or expire backups. `objects` counts the anchor's backups. Throws Error{invalid_argument} if the text is no
/// anchor, is cut off, or belongs to another repository.
VerifyReport check_anchor(Repository& repository, std::string_view anchor, Context& context);

}  // namespace holdfast
