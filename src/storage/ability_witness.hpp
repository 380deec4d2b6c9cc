#pragma once

#include <array>
#include <string>

#include "holdfast/storage.hpp"

namespace holdfast {

/// An ability whose loss behind a storage of a host's would go unnoticed.
enum class Ability { locking, thawing, diagnosing };

/// Finds out whether this thread's calls reach a storage with an ability, while it lives: a storage of a host's may pass calls on to one
/// without passing its abilities on, and its interface does not show that.
class AbilityWitness {
 public:
  AbilityWitness() noexcept;
  AbilityWitness(const AbilityWitness&) = delete;
  AbilityWitness& operator=(const AbilityWitness&) = delete;
  ~AbilityWitness();

  /// Says that `storage`, which has the ability, was called.
  static void called(const Storage& storage, Ability ability) noexcept;

  /// The storage with this ability that was called, for people; empty if none was.
  const std::string& seen(Ability ability) const noexcept { return seen_.at(static_cast<std::size_t>(ability)); }
  /// Throws Error{unsupported} if a storage was called that locks or thaws objects, and `storage`, which the calls were made to, does not.
  void require_told(const Storage& storage) const;

 private:
  AbilityWitness* const outer_;
  std::array<std::string, 3> seen_;  // by ability
};

/// Makes a call through `storage`. Throws Error{unsupported} if that reached a storage whose locks or archived objects `storage` hides.
template <typename Call>
auto with_abilities_told(const Storage& storage, Call&& call) {
  const AbilityWitness witness;
  auto result = call();
  witness.require_told(storage);
  return result;
}

}  // namespace holdfast
