#pragma once

#include <string>
#include <vector>

#include "driver/files/source.hpp"
#include "driver/files/volume.hpp"
#include "holdfast/option.hpp"

namespace holdfast::files {

/// Returns the options of the driver.
std::vector<OptionSpec> option_specs();

/// Reads those that say how a tree is read.
SourceOptions source_options(const ParsedOptions& options);
/// Reads those that a volume of an engine has besides. `uri` names the volume. Throws Error{invalid_argument}.
VolumePlace volume_place(const std::string& uri, DriverCall call, const ParsedOptions& options);
/// Throws Error{invalid_argument} if an option is given that only volumes have.
void refuse_volume_options(DriverCall call, const ParsedOptions& options);

}  // namespace holdfast::files
