#include "repository/locks.hpp"

#include <algorithm>
#include <mutex>

#include "base/if_there.hpp"
#include "base/parallel.hpp"
#include "holdfast/error.hpp"
#include "repository/format.hpp"
#include "repository/keys.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/key_ring.hpp"

namespace holdfast {

namespace {

constexpr unsigned kAtOnce = 16;  // each makes one or two small requests, and mostly waits

}  // namespace

std::vector<std::string> renew_locks(Storage& storage, const std::vector<std::string>& objects, const Context& context,
                                     const std::function<void()>& each) {
  std::mutex mutex;
  std::vector<std::string> gone;
  parallel_for(objects.size(), kAtOnce, [&](std::size_t number) {
    context.check();
    each();
    if (if_there([&] { renew_lock(storage, objects[number]); })) return;
    const std::lock_guard lock(mutex);
    gone.push_back(objects[number]);
  });
  return gone;
}

std::vector<std::optional<TimePoint>> find_locks(Storage& storage, const std::vector<std::string>& objects, const Context& context,
                                                 const std::function<void()>& each) {
  std::vector<std::optional<TimePoint>> locks(objects.size());
  parallel_for(objects.size(), kAtOnce, [&](std::size_t number) {
    context.check();
    each();
    if_there([&] { locks[number] = locked_until(storage, objects[number]); });
  });
  return locks;
}

std::vector<std::string> common_objects(Storage& storage, const std::string& repository_id) {
  std::vector<std::string> objects = list_slots(storage);
  objects.emplace_back(kFormat);
  // Only the key tells which ring is current. There is one ring, except during unfinished rotations.
  std::ranges::move(list_rings(storage, repository_id), std::back_inserter(objects));
  return objects;
}

std::optional<TimePoint> remove_unless_locked(Storage& storage, const std::string& object) {
  try {
    storage.remove(object);
    return std::nullopt;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return std::nullopt;
    if (error.code() != ErrorCode::permission_denied) throw;
    // Refused because of an object lock, or because of a missing right.
    try {
      if (const auto until = locked_until(storage, object)) return until;
    } catch (const Error& gone) {
      if (gone.code() != ErrorCode::not_found) throw;
      return std::nullopt;
    }
    throw;
  }
}

}  // namespace holdfast
