#pragma once

#include <memory>
#include <string>

#include "holdfast/target.hpp"

namespace holdfast::files {

/// An empty folder, or one that is not there yet.
std::unique_ptr<Target> tree_target(std::string path);

}  // namespace holdfast::files
