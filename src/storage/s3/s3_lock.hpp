#pragma once

#include <string>
#include <vector>

#include "holdfast/driver.hpp"
#include "storage/s3/s3_objects.hpp"
#include "storage/self_diagnosing.hpp"

namespace holdfast {

/// Until when what is locked now is locked: twice as long as promised, so that it seldom has to be extended.
TimePoint new_lock_end(const S3Client& client);

/// Throws Error{unsupported} unless the bucket locks objects. A server that does not know locks may take what extends one for a new object
/// of that name, so nothing is locked before this was asked.
void require_locks(S3Client& client);

/// See Storage::renew_lock.
void renew_lock(S3Objects& objects, const std::string& key);

/// Error{permission_denied} of a removal.
Error locked_error(const S3Objects& objects, const std::string& key, TimePoint until);

/// Whether the bucket keeps versions and locks objects, and whether these keys may know. A lock is tried if trials are allowed.
std::vector<Finding> diagnose_protection(S3Objects& objects, Trials trials);

}  // namespace holdfast
