#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/storage.hpp"

namespace holdfast {

/// One page of a listing, as a server gives it.
struct ObjectPage {
  std::vector<ObjectInfo> objects;  ///< whole keys, in the order they came
  std::string next;                 ///< what the next page is asked for with; empty = this is the last
};

/// What a listing is of.
struct PagedPrefix {
  std::string uri;         ///< for messages
  std::string key_prefix;  ///< of all keys of the storage: empty, or ends with '/'
  std::string prefix;      ///< of the names that are wanted
};

/// Visits what the pages hold, by names without `key_prefix`, until the visitor returns false. `fetch` gets the token of a page, empty for
/// the first, and the prefix of its keys. Throws Error{network} when the pages are not one complete list in order.
void visit_pages(const PagedPrefix& listing, const std::function<ObjectPage(const std::string& prefix, const std::string& token)>& fetch,
                 const std::function<bool(const ObjectInfo&)>& visit);

}  // namespace holdfast
