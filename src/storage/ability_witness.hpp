#pragma once

#include <array>
#include <string>

#include "holdfast/storage.hpp"

namespace holdfast {

/// An ability that a host's storage may hide from the storage that it wraps, without anybody noticing.
enum class Ability { locking, thawing, diagnosing };

/// Finds out, during its lifetime, whether this thread's calls reach a storage with an ability. A host's storage may
/// pass calls on to such a storage without its abilities, and its interface does not show that.
class AbilityWitness {
 public:
  AbilityWitness() noexcept;
  AbilityWitness(const AbilityWitness&) = delete;
  AbilityWitness& operator=(const AbilityWitness&) = delete;
  ~AbilityWitness();

  /// Records that `storage`, which has the ability, was called.
  static void called(const Storage& storage, Ability ability) noexcept;

  /// Returns the storage with this ability that was called, for people. Empty if none was called.
  const std::string& seen(Ability ability) const noexcept { return seen_.at(static_cast<std::size_t>(ability)); }
  /// Throws Error{unsupported} if a storage was called that locks or archives objects, but `storage`, the target of the
  /// calls, does not.
  void require_told(const Storage& storage) const;

 private:
  AbilityWitness* const outer_;
  std::array<std::string, 3> seen_;  // by ability
};

/// Makes a call through `storage`. Throws Error{unsupported} if it reaches a storage whose locks or archived objects
/// `storage` hides.
template <typename Call>
auto with_abilities_told(const Storage& storage, Call&& call) {
  const AbilityWitness witness;
  auto result = call();
  witness.require_told(storage);
  return result;
}

}  // namespace holdfast
