#include "repository/reserve.hpp"

#include <set>

#include "holdfast/error.hpp"
#include "repository/object_access.hpp"

namespace holdfast {

namespace {

// Several objects, because a full file system may lack inodes; with random bytes, because some file systems compress.
constexpr std::string_view kReserve = "reserve/";
constexpr int kReserveObjects = 8;
constexpr std::uint64_t kReserveBytes = 128U << 10;  // of each object

// Some file servers do not tell why they cannot store an object.
bool may_be_full(const Error& error) {
  return error.code() == ErrorCode::no_space || (error.code() == ErrorCode::io && !error.retryable());
}

// Returns whether there was a reserve.
bool spend_reserve(Storage& storage) {
  const std::vector<ObjectInfo> objects = storage.caps().fills ? list_objects(storage, kReserve) : std::vector<ObjectInfo>();
  for (const ObjectInfo& object : objects) remove_if_there(storage, object.name);
  return !objects.empty();
}

}  // namespace

void keep_reserve(Storage& storage, const Context& context) noexcept {
  try {
    if (!storage.caps().fills) return;
    std::set<std::string> whole;
    for (const ObjectInfo& object : list_objects(storage, kReserve)) {
      if (object.size == kReserveBytes)
        whole.insert(object.name);
      else
        remove_if_there(storage, object.name);
    }
    for (int number = 0; number < kReserveObjects; ++number) {
      const std::string object = std::string(kReserve) + std::to_string(number);
      if (!whole.contains(object)) storage.put_new(object, context.random_bytes(kReserveBytes));
    }
  } catch (const std::exception& error) {  // a missing reserve fails nothing
    context.log(std::string("the space in reserve for a later collection of garbage is incomplete: ") + error.what());
  } catch (...) {
    context.log("the space in reserve for a later collection of garbage is incomplete");
  }
}

void with_reserve(Storage& storage, const Context& context, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    if (!may_be_full(error) || !spend_reserve(storage)) throw;
    context.log("the space in reserve is used: " + error.message());
    try {
      work();
    } catch (...) {
      keep_reserve(storage, context);
      throw;
    }
  }
  keep_reserve(storage, context);
}

}  // namespace holdfast
