#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "container/engine.hpp"

namespace holdfast::container {

/// A volume of an engine.
struct Volume {
  std::string name;
  std::string driver = "local";
  std::string mount_point;  ///< as the engine sees it; empty if the driver does not tell
  std::map<std::string, std::string> labels, options;

  /// Returns whether the engine mounts it only while a container uses it: without one, its mount point is an empty
  /// folder. True for any driver but "local".
  bool mounted_on_demand() const;
};

/// A container that has a volume.
struct VolumeUser {
  std::string id, name;
  std::string state;  ///< "running", "paused", "exited", …
  bool active() const { return state == "running" || state == "paused"; }
};

/// Returns the volume; null if the engine has none of this name.
std::optional<Volume> find_volume(Engine& engine, const std::string& name);
/// Throws Error{not_found} if the engine has none of this name.
Volume require_volume(Engine& engine, const std::string& name);
/// Makes a volume of this name, driver, labels and options, and returns it with its mount point.
Volume create_volume(Engine& engine, const Volume& wanted);

/// Returns the containers that have a volume, those that don't run too.
std::vector<VolumeUser> users_of(Engine& engine, const std::string& volume);

/// Labels and options as one JSON object, for metadata; and back. A text that is no such object is Error{corrupt}.
std::string texts_to_json(const std::map<std::string, std::string>& texts);
std::map<std::string, std::string> texts_from_json(const std::string& json);

}  // namespace holdfast::container
