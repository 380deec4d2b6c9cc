#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/storage.hpp"
#include "storage/http/object_listing.hpp"
#include "storage/s3/credentials.hpp"

namespace holdfast {

/// The <Error> of a server's answer; empty strings if the body has none.
struct S3Fault {
  std::string code, message, region;
};
S3Fault parse_fault(ByteView body);

/// One version of an object, or the marker left by a deletion without a version.
struct S3Version {
  ObjectInfo info;  ///< whole key; a marker has no size
  std::string id;
  bool newest = false;
  bool deleted = false;
};
/// One page of ListObjectVersions.
struct S3VersionsPage {
  std::vector<S3Version> versions;     ///< by key; those of one key in the order of arrival, versions before markers
  std::string next_key, next_version;  ///< where the next page begins; an empty key = the last page
};
/// A bucket's lock configuration.
struct S3BucketLock {
  bool enabled = false;
  std::string default_mode;  ///< for objects put without a mode; empty = none
};
/// All of these throw Error{network}, retryable, for any other body: cut short, not XML, of another kind.
ObjectPage parse_page(ByteView body);  ///< parses ListObjectsV2
S3VersionsPage parse_versions(ByteView body);
S3BucketLock parse_bucket_lock(ByteView body);
/// Returns "Enabled", "Suspended", or "" if the bucket never had versions.
std::string parse_versioning(ByteView body);
std::string parse_upload_id(ByteView body);
/// Returns the fault in a 200 response to CompleteMultipartUpload. Returns null if the object was created.
std::optional<S3Fault> parse_completion(ByteView body);
/// Parses the answer to AssumeRoleWithWebIdentity.
AwsCredentials parse_assumed_role(ByteView body);

struct UploadedPart {
  unsigned number = 0;
  std::string etag;
};
std::string completion_document(const std::vector<UploadedPart>& parts);
std::string retention_document(const std::string& mode, TimePoint until);

/// Parses "2009-10-12T17:50:30.000Z", the form of documents and some header fields, to whole seconds, as in HEAD.
/// Throws Error{network}.
TimePoint parse_amz_time(std::string_view text);

}  // namespace holdfast
