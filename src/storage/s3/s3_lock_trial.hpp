#pragma once

#include "holdfast/driver.hpp"
#include "storage/s3/s3_objects.hpp"

namespace holdfast {

/// Tries out whether the bucket keeps what is locked, and gives it back in the end: on an object of its own, locked for some seconds, which
/// it waits for. Nothing but that object is touched, and it is gone afterwards where these keys may remove versions.
Finding try_lock(S3Objects& objects);

}  // namespace holdfast
