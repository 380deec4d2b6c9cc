#include "storage/http/object_listing.hpp"

#include "holdfast/error.hpp"
#include "storage/object_name.hpp"

namespace holdfast {

namespace {

constexpr int kMostEmptyPages = 1000;

}  // namespace

void visit_pages(const PagedPrefix& listing, const std::function<ObjectPage(const std::string& prefix, const std::string& token)>& fetch,
                 const std::function<bool(const ObjectInfo&)>& visit) {
  if (!can_begin_a_name(listing.prefix)) return;
  const std::string full = listing.key_prefix + listing.prefix;
  const auto incomplete = [&](const std::string& why) {
    return Error(ErrorCode::network, "can't list " + listing.uri + " completely: " + why);
  };
  std::string token, last;
  int empty_pages = 0;
  do {
    ObjectPage page = fetch(full, token);
    for (ObjectInfo& object : page.objects) {
      // This also detects a page that came twice.
      if (!last.empty() && object.name <= last) throw incomplete("the server lists '" + object.name + "' after '" + last + "'");
      if (!object.name.starts_with(full)) throw incomplete("the server lists '" + object.name + "', which was not asked for");
      last = object.name;
      object.name.erase(0, listing.key_prefix.size());
      if (object_name_fault(object.name) != nullptr) continue;  // of a probe, or not ours
      if (!visit(object)) return;
    }
    empty_pages = page.objects.empty() ? empty_pages + 1 : 0;
    if (empty_pages > kMostEmptyPages || (!page.next.empty() && page.next == token)) throw incomplete("the listing goes round in circles");
    token = page.next;
  } while (!token.empty());
}

}  // namespace holdfast
