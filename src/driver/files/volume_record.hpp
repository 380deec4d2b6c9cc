#pragma once

#include <string>
#include <vector>

#include "container/volume.hpp"
#include "driver/files/volume.hpp"
#include "holdfast/manifest.hpp"

namespace holdfast::files {

/// Describes a volume as the source of a backup: with its driver, labels and options, but without those that may be
/// secrets.
SourceRecord volume_record(const VolumePlace& place, const container::Volume& volume, const std::string& engine);

/// Returns the volume to make for a restored source: like the one that was backed up, if it was one.
container::Volume volume_like(const SourceRecord& source, const std::string& name);

/// Returns one warning for each property that a volume has not as it was backed up.
std::vector<std::string> differences(const SourceRecord& source, const container::Volume& volume);

}  // namespace holdfast::files
