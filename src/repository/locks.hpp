#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/locks.hpp"

namespace holdfast {

/// Renews the locks of these objects, many at a time. `each` is called before each of them, from many threads. Those that are gone.
std::vector<std::string> renew_locks(Storage& storage, const std::vector<std::string>& objects, const Context& context,
                                     const std::function<void()>& each);

/// Until when each of these objects is locked, none for one that is not or is gone; `each` as above.
std::vector<std::optional<TimePoint>> find_locks(Storage& storage, const std::vector<std::string>& objects, const Context& context,
                                                 const std::function<void()>& each);

/// What every backup of a repository needs besides its own objects: `format`, the key slots, the newest key ring.
std::vector<std::string> common_objects(Storage& storage, const std::string& repository_id);

/// Removes an object unless it is locked; not being there is fine. Until when it is locked, none = it is gone.
std::optional<TimePoint> remove_unless_locked(Storage& storage, const std::string& object);

}  // namespace holdfast
