#pragma once

#include <functional>
#include <memory>
#include <string>

#include "holdfast/source.hpp"
#include "holdfast/target.hpp"

namespace holdfast::files {

/// Returns whether a URI names an archive: "tar:///srv/a.tar.zst", "tar:-" for standard input.
bool names_archive(std::string_view uri);

/// Opens the bytes of an archive. Called at the beginning of each backup.
using OpenArchive = std::function<std::unique_ptr<Reader>(Context&)>;

/// A source that reads a tar archive, which may be compressed, as the tree that it would be unpacked to. `shown` is its
/// name in errors.
std::unique_ptr<Source> archive_source(OpenArchive open, std::string shown, SourceRecord record, const Selection& selection);

/// The same for the archive that a URI names. Throws Error{invalid_argument}.
std::unique_ptr<Source> archive_source(const std::string& uri, const Selection& selection);

}  // namespace holdfast::files
