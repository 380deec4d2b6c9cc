#pragma once

#include <memory>

#include "holdfast/driver.hpp"

namespace holdfast {

/// The `exec:` driver: the standard output of any command is the source, the standard input of any command is the
/// target.
std::shared_ptr<const Driver> command_driver();

}  // namespace holdfast
