#pragma once

#include <memory>

#include "driver/files/volume.hpp"

namespace holdfast::files {

// A volume whose folder this process can't reach: the engine hands over and takes tar archives of it.

/// A source that reads the volume's archive and describes itself by `record`. Throws Error{unsupported} if an option
/// needs the folder.
std::unique_ptr<Source> volume_archive_source(VolumePlace place, SourceRecord record, const Selection& selection,
                                              const SourceOptions& options);

/// Throws Error{invalid_state} if there are files in the volume.
void require_empty_archive(const VolumePlace& place, Context& context);

/// Has the engine unpack the selected part of a backup in an empty volume. A volume that was `made` for it is removed
/// if that fails.
RestoreReport restore_archive(const VolumePlace& place, bool made, const BackupView& backup, const RestoreOptions& options,
                              Context& context);

/// Removes a volume and makes it again, the same without files. Throws the engine's refusal if a container has it.
void make_volume_anew(container::Engine& engine, const container::Volume& volume);

}  // namespace holdfast::files
