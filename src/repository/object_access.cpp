#include "repository/object_access.hpp"

#include <algorithm>

#include "base/if_there.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

bool is_unreadable(const Error& error) {
  switch (error.code()) {
    case ErrorCode::corrupt:
    case ErrorCode::limit:
    case ErrorCode::unsupported:
    case ErrorCode::wrong_key:
    case ErrorCode::permission_denied: return true;
    case ErrorCode::io: return !error.retryable();  // a bad sector
    default: return false;
  }
}

bool is_taken(Storage& storage, const std::string& object) {
  try {
    return storage.stat(object).has_value();
  } catch (const Error& error) {
    if (!is_unreadable(error)) throw;
    return true;  // something that is no file, for example a device
  }
}

Bytes get_object(Storage& storage, const std::string& object, std::uint64_t limit) {
  try {
    return get(storage, object, limit);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::limit) throw;
    throw Error(ErrorCode::corrupt, object + ": is larger than such an object can be");
  }
}

PutResult put_object(Storage& storage, const std::string& object, ByteView bytes) {
  if (storage.put_new(object, bytes) == PutResult::created) return PutResult::created;
  try {
    const auto info = storage.stat(object);
    if (!info || info->size != bytes.size()) return PutResult::already_exists;
    const Bytes there = get_object(storage, object, bytes.size());
    return std::equal(there.begin(), there.end(), bytes.begin(), bytes.end()) ? PutResult::created : PutResult::already_exists;
  } catch (const Error& error) {
    // It was removed meanwhile, or cannot be ours.
    if (error.code() != ErrorCode::not_found && !is_unreadable(error)) throw;
    return PutResult::already_exists;
  }
}

void remove_if_there(Storage& storage, const std::string& object) {
  if_there([&] { storage.remove(object); });
}

std::vector<ObjectInfo> list_objects(Storage& storage, std::string_view prefix) {
  std::vector<ObjectInfo> objects;
  storage.list(prefix, [&objects](const ObjectInfo& object) {
    objects.push_back(object);
    return true;
  });
  return objects;
}

}  // namespace holdfast
