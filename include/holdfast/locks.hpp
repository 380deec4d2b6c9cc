#pragma once

#include <optional>
#include <string_view>

#include "holdfast/clock.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// What a `Storage` also is that can lock its objects against removal ("object lock", WORM). One that is made of another says so with
/// `inner()`, or derives from `ForwardingStorage`; one that hides what locks is refused by repositories where that is seen. All functions
/// are safe from any thread.
class Lockable {
 public:
  virtual ~Lockable() = default;

  /// Whether it locks what is stored, but for objects that are short-lived by their name (docs/storage.md).
  virtual bool locks() const = 0;
  /// Until when the storage refuses to remove the object, by its own time; none = it may go now. A locked one that is removed all the same
  /// is Error{permission_denied} naming until when, and stays as it is. Throws Error{not_found}.
  virtual std::optional<TimePoint> locked_until(std::string_view name) = 0;
  /// Sees to it that the object stays locked from now on for as long as the storage promises for new ones; nothing where it locks none.
  /// Throws Error{not_found}.
  virtual void renew_lock(std::string_view name) = 0;
};

/// What `locked_until` says of a lock that ends when somebody lifts it ("legal hold").
inline constexpr TimePoint kLockedForGood = TimePoint::max();

/// The same of any storage, by way of `as<Lockable>`: one that is not `Lockable` locks nothing.
bool locks_objects(const Storage& storage);
std::optional<TimePoint> locked_until(Storage& storage, std::string_view name);
void renew_lock(Storage& storage, std::string_view name);

}  // namespace holdfast
