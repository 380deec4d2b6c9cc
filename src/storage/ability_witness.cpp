#include "storage/ability_witness.hpp"

#include <utility>

#include "holdfast/error.hpp"
#include "holdfast/host.hpp"
#include "holdfast/locks.hpp"
#include "storage/thawing.hpp"

namespace holdfast {

namespace {

thread_local AbilityWitness* current_witness = nullptr;

[[noreturn]] void refuse(const Storage& storage, const std::string& seen, const char* why) {
  throw Error(ErrorCode::unsupported, "can't keep a repository in " + storage.uri() + ": it passes calls on to " + seen + why);
}

}  // namespace

AbilityWitness::AbilityWitness() noexcept : outer_(current_witness) { current_witness = this; }

AbilityWitness::~AbilityWitness() {
  current_witness = outer_;
  if (outer_ == nullptr) return;
  for (std::size_t ability = 0; ability < seen_.size(); ++ability)
    if (outer_->seen_[ability].empty()) outer_->seen_[ability] = std::move(seen_[ability]);
}

void announce_locks(const Storage& locking) noexcept { AbilityWitness::called(locking, Ability::locking); }

void AbilityWitness::called(const Storage& storage, Ability ability) noexcept {
  if (current_witness == nullptr) return;
  std::string& seen = current_witness->seen_.at(static_cast<std::size_t>(ability));
  if (!seen.empty()) return;
  try {
    seen = storage.uri();
  } catch (...) {  // no memory for the name, or the host's uri() throws
  }
  if (seen.empty()) seen = "another";
}

void AbilityWitness::require_told(const Storage& storage) const {
  if (const std::string& locking = seen(Ability::locking); !locking.empty() && !locks_objects(storage))
    refuse(storage, locking,
           ", which locks its objects, and does not pass on their locks, so they would end unnoticed; give it "
           "locks(), locked_until() and renew_lock()");
  if (const std::string& thawing = seen(Ability::thawing); !thawing.empty() && as<const Thawing>(storage) == nullptr)
    refuse(storage, thawing,
           " with its cold storage, and does not say which objects are archived there; wrap the hot and the cold "
           "storage separately, and make one tiered storage of the two");
}

}  // namespace holdfast
