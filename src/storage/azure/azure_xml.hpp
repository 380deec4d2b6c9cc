#pragma once

#include <string>
#include <vector>

#include "storage/http/object_listing.hpp"

namespace holdfast {

/// The <Error> a server answered with; empty strings when the body holds none. The message is its first line, and has no signature in it.
struct AzureFault {
  std::string code, message;
};
AzureFault parse_azure_fault(ByteView body);

/// One page of List Blobs; `next` is the marker. Throws Error{network}, retryable, for a body that is not that: cut short, not XML, of
/// another kind.
ObjectPage parse_azure_page(ByteView body);

/// The body of Put Block List: uncommitted blocks only, so that none of another writer's can get in between.
std::string block_list_document(const std::vector<std::string>& ids);

}  // namespace holdfast
