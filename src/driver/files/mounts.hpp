#pragma once

#include <string>

namespace holdfast::files {

/// Returns the absolute path of an open folder, without links; empty if /proc is missing.
std::string path_of_open(int folder);

/// Returns whether something is mounted at an absolute path without links. Asks the kernel's list, not the mounted file
/// system, which may be dead or refuse this user. Returns false if /proc is missing.
bool is_mount_point(const std::string& path);

}  // namespace holdfast::files
