#pragma once

#include <memory>

#include "holdfast/driver.hpp"

namespace holdfast {

/// The `cloudsql:` driver: a PostgreSQL database of a managed instance of Google Cloud SQL, exported and imported by
/// the instance itself through an object in Google Cloud Storage.
std::shared_ptr<const Driver> cloudsql_driver();

}  // namespace holdfast
