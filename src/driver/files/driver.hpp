#pragma once

#include <memory>

#include "holdfast/driver.hpp"

namespace holdfast::files {

/// The `dir:` driver: a tree of files.
std::shared_ptr<const Driver> driver();

}  // namespace holdfast::files
