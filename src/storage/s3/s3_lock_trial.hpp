#pragma once

#include "holdfast/driver.hpp"
#include "storage/s3/s3_objects.hpp"

namespace holdfast {

/// Tries out whether the bucket keeps a locked object. Locks an object of its own for some seconds and waits for the
/// end of the lock. Touches no other object, and removes its own if these keys may remove versions.
Finding try_lock(S3Objects& objects);

}  // namespace holdfast
