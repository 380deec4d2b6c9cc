#pragma once

#include <string>
#include <string_view>

#include "storage/http/object_listing.hpp"

namespace holdfast {

/// What the server keeps of an object.
struct GcsObject {
  ObjectInfo info;         ///< named by its whole key
  std::string generation;  ///< of this version of it, in digits
  std::string mark;        ///< of the write that made it; empty if it has none
  std::string md5;         ///< base64
};

/// What a server's refusal says; empty strings where it says nothing.
struct GcsFault {
  std::string reason, message;
};
GcsFault parse_gcs_fault(ByteView body);

/// The `fields` to ask for.
inline constexpr const char* kGcsObjectFields = "name,size,timeCreated,generation,md5Hash,metadata";
inline constexpr const char* kGcsPageFields = "kind,nextPageToken,items(name,size,timeCreated)";

/// Both throw Error{network}, retryable, for a body that is not what was asked for.
GcsObject parse_gcs_object(ByteView body);
ObjectPage parse_gcs_page(ByteView body);

/// The description of a new object; without `md5` its hash is not known yet.
std::string gcs_description(const std::string& key, const std::string& mark, const std::string& storage_class, const std::string& md5);

}  // namespace holdfast
