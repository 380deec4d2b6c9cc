#pragma once

#include <memory>

#include "holdfast/driver.hpp"

namespace holdfast {

/// The `exec:` driver: any command's standard output is the source, any command's standard input the target.
std::shared_ptr<const Driver> command_driver();

}  // namespace holdfast
