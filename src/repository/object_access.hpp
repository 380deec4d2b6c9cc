#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// Whether an error says that an object's bytes are not what they should be, or can't be had: nothing that it says may be believed. All
/// other errors (network, cancel, …) say that we could not look.
bool is_unreadable(const Error& error);

/// A whole object; one that is larger than `limit` is Error{corrupt}: ours never are.
Bytes get_object(Storage& storage, const std::string& object, std::uint64_t limit);
/// put_new, where an object of these very bytes counts as ours: an earlier try of the same put may have got through unheard.
PutResult put_object(Storage& storage, const std::string& object, ByteView bytes);
/// Whether something has that name, be it readable or not.
bool is_taken(Storage& storage, const std::string& object);
/// Removes an object; not being there is fine: another process may do the same work.
void remove_if_there(Storage& storage, const std::string& object);
std::vector<ObjectInfo> list_objects(Storage& storage, std::string_view prefix);

}  // namespace holdfast
