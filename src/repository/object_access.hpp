#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// Returns whether an error means that an object's bytes are wrong or not available: then nothing in it can be trusted.
/// All other errors (network, cancel, …) mean that it could not be read now.
bool is_unreadable(const Error& error);

/// Reads a whole object. Throws Error{corrupt} for one that is larger than `limit`: the library writes no such object.
Bytes get_object(Storage& storage, const std::string& object, std::uint64_t limit);
/// Like put_new, but returns `created` as well if an object with exactly these bytes exists: an earlier attempt of the
/// same put may have succeeded although its answer was lost.
PutResult put_object(Storage& storage, const std::string& object, ByteView bytes);
/// Returns whether an object of that name exists, readable or not.
bool is_taken(Storage& storage, const std::string& object);
/// Removes an object. Accepts that it is missing: another process may do the same work.
void remove_if_there(Storage& storage, const std::string& object);
std::vector<ObjectInfo> list_objects(Storage& storage, std::string_view prefix);

}  // namespace holdfast
