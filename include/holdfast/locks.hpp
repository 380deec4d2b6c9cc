#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "holdfast/clock.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// What a `Storage` also is that can lock its objects against removal ("object lock", WORM), or that passes it on of another. All functions
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

/// The same of any storage: one that is not `Lockable` locks nothing.
bool locks_objects(const Storage& storage);
std::optional<TimePoint> locked_until(Storage& storage, std::string_view name);
void renew_lock(Storage& storage, std::string_view name);

/// Of a storage that is made of another one: its locks are those of the other.
class LocksOf : public Lockable {
 public:
  explicit LocksOf(std::shared_ptr<Storage> of) : of_(std::move(of)) {}
  bool locks() const override { return locks_objects(*of_); }
  std::optional<TimePoint> locked_until(std::string_view name) override { return holdfast::locked_until(*of_, name); }
  void renew_lock(std::string_view name) override { holdfast::renew_lock(*of_, name); }

 private:
  std::shared_ptr<Storage> of_;
};

}  // namespace holdfast
