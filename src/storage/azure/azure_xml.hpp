#pragma once

#include <string>
#include <vector>

#include "storage/http/object_listing.hpp"

namespace holdfast {

/// The <Error> of a server's answer; empty strings if the body has none. The message is its first line, without any
/// signature.
struct AzureFault {
  std::string code, message;
};
AzureFault parse_azure_fault(ByteView body);

/// Parses one page of List Blobs; `next` is the marker. Throws Error{network}, retryable, for any other body: cut
/// short, not XML, of another kind.
ObjectPage parse_azure_page(ByteView body);

/// Returns the body of Put Block List. It names uncommitted blocks only, so it can't include a block of another writer.
std::string block_list_document(const std::vector<std::string>& ids);

}  // namespace holdfast
