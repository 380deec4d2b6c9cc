#pragma once

#include <memory>
#include <string>

#include "holdfast/target.hpp"

namespace holdfast::files {

/// A target that is an empty folder, or one that does not exist yet.
std::unique_ptr<Target> tree_target(std::string path);

}  // namespace holdfast::files
