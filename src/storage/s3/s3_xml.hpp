#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/storage.hpp"
#include "storage/http/object_listing.hpp"
#include "storage/s3/credentials.hpp"

namespace holdfast {

/// The <Error> a server answered with; empty strings when the body holds none.
struct S3Fault {
  std::string code, message, region;
};
S3Fault parse_fault(ByteView body);

/// One version of an object, or the marker that a deletion without a version left.
struct S3Version {
  ObjectInfo info;  ///< whole key; no size of a marker
  std::string id;
  bool newest = false;
  bool deleted = false;
};
/// One page of ListObjectVersions.
struct S3VersionsPage {
  std::vector<S3Version> versions;     ///< by key; of one key in the order they came, versions before markers
  std::string next_key, next_version;  ///< where the next page begins; an empty key = the last page
};
/// What a bucket is set to.
struct S3BucketLock {
  bool enabled = false;
  std::string default_mode;  ///< of objects put without one; empty = none
};
/// All of these throw Error{network}, retryable, for a body that is not what was asked for: cut short, not XML, of another kind.
ObjectPage parse_page(ByteView body);  ///< of ListObjectsV2
S3VersionsPage parse_versions(ByteView body);
S3BucketLock parse_bucket_lock(ByteView body);
/// "Enabled", "Suspended", or "" where a bucket never had versions.
std::string parse_versioning(ByteView body);
std::string parse_upload_id(ByteView body);
/// The fault in a 200 response to CompleteMultipartUpload; null when it says that the object was made.
std::optional<S3Fault> parse_completion(ByteView body);
/// Of AssumeRoleWithWebIdentity.
AwsCredentials parse_assumed_role(ByteView body);

struct UploadedPart {
  unsigned number = 0;
  std::string etag;
};
std::string completion_document(const std::vector<UploadedPart>& parts);
std::string retention_document(const std::string& mode, TimePoint until);

/// "2009-10-12T17:50:30.000Z", as documents and some header fields have it; whole seconds, as HEAD has them. Throws Error{network}.
TimePoint parse_amz_time(std::string_view text);

}  // namespace holdfast
