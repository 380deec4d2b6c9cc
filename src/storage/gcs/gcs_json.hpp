#pragma once

#include <string>
#include <string_view>

#include "storage/http/object_listing.hpp"

namespace holdfast {

/// The server's description of an object.
struct GcsObject {
  ObjectInfo info;         ///< with its whole key
  std::string generation;  ///< of this version of the object, in digits
  std::string mark;        ///< of the write that created it; empty if it has none
  std::string md5;         ///< base64
};

/// The reasons in a server's refusal; empty strings if it gives none.
struct GcsFault {
  std::string reason, message;
};
GcsFault parse_gcs_fault(ByteView body);

/// The values of the parameter `fields`.
inline constexpr const char* kGcsObjectFields = "name,size,timeCreated,generation,md5Hash,metadata";
inline constexpr const char* kGcsPageFields = "kind,nextPageToken,items(name,size,timeCreated)";

/// Both throw Error{network}, retryable, for any other body.
GcsObject parse_gcs_object(ByteView body);
ObjectPage parse_gcs_page(ByteView body);

/// Returns the description of a new object. `md5` is empty if its hash is not known yet.
std::string gcs_description(const std::string& key, const std::string& mark, const std::string& storage_class, const std::string& md5);

}  // namespace holdfast
