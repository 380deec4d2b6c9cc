#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/storage.hpp"

namespace holdfast {

/// One page of a server's listing.
struct ObjectPage {
  std::vector<ObjectInfo> objects;  ///< whole keys, in the order they came
  std::string next;                 ///< the token of the next page; empty = this is the last
};

/// The scope of a listing.
struct PagedPrefix {
  std::string uri;         ///< for messages
  std::string key_prefix;  ///< of all keys of the storage: empty, or ends with '/'
  std::string prefix;      ///< of the requested names
};

/// Visits the objects of all pages, by names without `key_prefix`, until the visitor returns false. `fetch` receives
/// the token of a page, empty for the first, and the prefix of its keys. Throws Error{network} unless the pages are one
/// complete, ordered list.
void visit_pages(const PagedPrefix& listing, const std::function<ObjectPage(const std::string& prefix, const std::string& token)>& fetch,
                 const std::function<bool(const ObjectInfo&)>& visit);

}  // namespace holdfast
