#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/locks.hpp"

namespace holdfast {

/// Renews the object locks of these objects, many at a time. Calls `each` before each of them, from many threads.
/// Returns the objects that no longer exist.
std::vector<std::string> renew_locks(Storage& storage, const std::vector<std::string>& objects, const Context& context,
                                     const std::function<void()>& each);

/// Returns for each of these objects until when it is locked; none for an object that is not locked or no longer
/// exists. Calls `each` as above.
std::vector<std::optional<TimePoint>> find_locks(Storage& storage, const std::vector<std::string>& objects, const Context& context,
                                                 const std::function<void()>& each);

/// Returns the objects that every backup of a repository needs besides its own: `format`, the key slots, the newest key
/// ring.
std::vector<std::string> common_objects(Storage& storage, const std::string& repository_id);

/// Removes an object unless it is locked. Accepts that it is missing. Returns until when it is locked; none = it is
/// removed.
std::optional<TimePoint> remove_unless_locked(Storage& storage, const std::string& object);

}  // namespace holdfast
