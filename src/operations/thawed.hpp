#pragma once

#include "holdfast/context.hpp"
#include "holdfast/manifest.hpp"

namespace holdfast {

class Layout;

/// What of a backup is to be read.
enum class Wanted { everything, one_source, a_selection };

/// Before a backup is read: says how much of it lies frozen in a cold storage, and logs each object that has to be thawed. That is an
/// Error{invalid_state} if they are wanted, and a warning if what is wanted may lie elsewhere.
void require_thawed(const Layout& layout, const BackupId& id, Wanted wanted, const Context& context);
/// The same before all backups are read: what lies frozen of any of them is an Error{invalid_state}.
void require_all_thawed(const Layout& layout, const Context& context);

}  // namespace holdfast
