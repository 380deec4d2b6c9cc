#include "holdfast/locks.hpp"

#include <algorithm>
#include <array>

#include "storage/locks.hpp"

namespace holdfast {

bool locks_objects(const Storage& storage) {
  const auto* const lockable = as<const Lockable>(storage);
  return lockable != nullptr && lockable->locks();
}

std::optional<TimePoint> locked_until(Storage& storage, std::string_view name) {
  auto* const lockable = as<Lockable>(storage);
  return lockable == nullptr ? std::nullopt : lockable->locked_until(name);
}

void renew_lock(Storage& storage, std::string_view name) {
  if (auto* const lockable = as<Lockable>(storage)) lockable->renew_lock(name);
}

bool is_short_lived(std::string_view name) noexcept {
  // Prefixes of both layouts, of sets of storages, and of doctor's trials.
  constexpr std::array<std::string_view, 8> kShortLived = {"sessions/", "gc/",      "removed/",   "proofs/",
                                                           "history/",  "reserve/", ".replicas/", "doctor-"};
  return std::ranges::any_of(kShortLived, [name](std::string_view prefix) { return name.starts_with(prefix); });
}

std::string lock_text(TimePoint until) {
  return until == kLockedForGood ? "it is locked until its legal hold is lifted" : "it is locked until " + format_time(until);
}

}  // namespace holdfast
