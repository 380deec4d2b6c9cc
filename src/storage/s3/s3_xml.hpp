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

/// All of these throw Error{network}, retryable, for a body that is not what was asked for: cut short, not XML, of another kind.
ObjectPage parse_page(ByteView body);  ///< of ListObjectsV2
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

}  // namespace holdfast
