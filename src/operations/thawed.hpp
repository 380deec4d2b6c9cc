#pragma once

#include "holdfast/context.hpp"
#include "holdfast/manifest.hpp"

namespace holdfast {

class Layout;

/// The parts of a backup that are to be read.
enum class Wanted { everything, one_source, a_selection };

/// Call it before a backup is read. Logs each needed object that is archived. Throws Error{invalid_state} if the read
/// needs them; warns if it may not.
void require_thawed(const Layout& layout, const BackupId& id, Wanted wanted, const Context& context);
/// The same for all backups: throws Error{invalid_state} if an object that any of them needs is archived.
void require_all_thawed(const Layout& layout, const Context& context);

}  // namespace holdfast
