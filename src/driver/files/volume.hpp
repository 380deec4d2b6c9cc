#pragma once

#include <memory>
#include <optional>
#include <string>

#include "container/quiet.hpp"
#include "driver/files/source.hpp"
#include "holdfast/source.hpp"
#include "holdfast/target.hpp"

namespace holdfast::files {

/// A volume of a container engine, as a URI and options name it.
struct VolumePlace {
  std::string scheme;  ///< "docker-volume", "podman-volume"
  std::string name;
  std::string socket;  ///< of the engine's API
  container::Quiesce quiesce = container::Quiesce::none;
  bool empty = false;  ///< of a target: remove what is in it first

  std::string uri() const { return scheme + "://" + name; }
};

/// Returns whether a URI names a volume.
bool names_volume(std::string_view uri);
/// Returns the name in such a URI. Throws Error{invalid_argument} for a name that engines refuse.
std::string volume_name(const std::string& uri);

std::unique_ptr<Source> volume_source(VolumePlace place, const Selection& selection, const SourceOptions& options);
/// A target that is a volume without files, one to be emptied, or one that does not exist yet and is made like the
/// backup's.
std::unique_ptr<Target> volume_target(VolumePlace place);

/// Returns the folder in which the engine keeps a volume or has mounted it. Throws Error{unsupported} if there is none
/// that this process can read.
std::string volume_folder(const container::Volume& volume);
/// The same; null, and an event that says why, if a helper container has to reach the files.
std::optional<std::string> reachable_folder(const container::Volume& volume, const Context& context);

}  // namespace holdfast::files
