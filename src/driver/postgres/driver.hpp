#pragma once

#include <memory>

#include "holdfast/driver.hpp"

namespace holdfast::postgres {

/// `postgresql://` and `postgres://`: logical backups of one database.
std::shared_ptr<const Driver> driver();

}  // namespace holdfast::postgres
