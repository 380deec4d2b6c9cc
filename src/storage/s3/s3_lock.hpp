#pragma once

#include <string>
#include <vector>

#include "holdfast/driver.hpp"
#include "storage/s3/s3_objects.hpp"
#include "storage/self_diagnosing.hpp"

namespace holdfast {

/// Returns the end of a new lock: twice the promised time from now, so that locks rarely need an extension.
TimePoint new_lock_end(const S3Client& client);

/// Throws Error{unsupported} unless the bucket locks objects. A server that does not know locks may store the extension
/// of a lock as a new object with that name, so call this before locking anything.
void require_locks(S3Client& client);

/// Implements Lockable::renew_lock.
void renew_lock(S3Objects& objects, const std::string& key);

/// Returns the Error{permission_denied} of a removal.
Error locked_error(const S3Objects& objects, const std::string& key, TimePoint until);

/// Reports whether the bucket keeps versions and locks objects, and whether these keys may know that. Tries out a lock
/// if trials are allowed.
std::vector<Finding> diagnose_protection(S3Objects& objects, Trials trials);

}  // namespace holdfast
