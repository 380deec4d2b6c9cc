#pragma once

#include "holdfast/target.hpp"

namespace holdfast {

/// For drivers whose backups are one stream. Throws Error{unsupported} unless the backup has one entry; `who` takes it:
/// "a command".
const EntryRecord& only_entry(const BackupView& backup, const std::string& who);
/// Throws Error{unsupported} if the options ask for more than the whole stream, from its beginning, as it is.
void refuse_stream_options(const RestoreOptions& options, const std::string& who);
/// Writes the plain bytes of an entry to `out`. Does not commit it.
void copy_entry(const BackupView& backup, const EntryRecord& entry, Writer& out, Context& context);

}  // namespace holdfast
