#pragma once

#include <optional>
#include <string_view>

#include "holdfast/clock.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// Ability of a `Storage` to lock its objects against removal ("object lock", WORM). A storage that wraps another one
/// implements `inner()` or derives from `ForwardingStorage`. Repositories refuse a storage that hides object locks,
/// where they can detect it. All functions are safe from any thread.
class Lockable {
 public:
  virtual ~Lockable() = default;

  /// Returns whether the storage locks its objects, except those whose names mark them as short-lived
  /// (docs/storage.md).
  virtual bool locks() const = 0;
  /// Returns until when the storage refuses to remove the object, by the storage's clock; none = it can be removed now.
  /// Removing a locked object throws Error{permission_denied} that names the end of the object lock, and changes
  /// nothing. Throws Error{not_found}.
  virtual std::optional<TimePoint> locked_until(std::string_view name) = 0;
  /// Extends the object lock to the full period that the storage gives new objects, counted from now. Does nothing if
  /// the storage locks nothing. Throws Error{not_found}.
  virtual void renew_lock(std::string_view name) = 0;
};

/// Value of `locked_until` for an object lock that ends only when somebody lifts it ("legal hold").
inline constexpr TimePoint kLockedForGood = TimePoint::max();

/// The same for any storage, through `as<Lockable>`. A storage that is not `Lockable` locks nothing.
bool locks_objects(const Storage& storage);
std::optional<TimePoint> locked_until(Storage& storage, std::string_view name);
void renew_lock(Storage& storage, std::string_view name);

}  // namespace holdfast
