#pragma once

#include <string>
#include <string_view>

#include "holdfast/context.hpp"
#include "holdfast/repository.hpp"

namespace holdfast {

/// Which the newest backups are, as a small text (docs/format.md, "Anchors") for the caller to keep where nobody reaches who may remove
/// objects from the storage. Check the old one before the new one replaces it. A backup that can't be read is left out, with a warning.
std::string make_anchor(Repository& repository, Context& context);

/// Finds what the storage alone can't tell: that the newest backups were taken away with all that speaks of them, or that all of it was set
/// back. The report has a fault for each backup of the anchor that is not there as it was; one whose removal is on record is none. A plain
/// repository keeps no removals on record: make a new anchor after removing and expiring. `objects` counts the anchor's backups. Throws
/// Error{invalid_argument} for a text that is no anchor, that was cut off, or that is another repository's.
VerifyReport check_anchor(Repository& repository, std::string_view anchor, Context& context);

}  // namespace holdfast
