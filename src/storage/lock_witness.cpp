#include "storage/lock_witness.hpp"

#include <utility>

#include "holdfast/error.hpp"
#include "holdfast/host.hpp"
#include "holdfast/locks.hpp"

namespace holdfast {

namespace {

thread_local LockWitness* current_witness = nullptr;

}  // namespace

LockWitness::LockWitness() noexcept : outer_(current_witness) { current_witness = this; }

LockWitness::~LockWitness() {
  current_witness = outer_;
  if (!seen_.empty() && outer_ != nullptr) outer_->seen_ = std::move(seen_);
}

void announce_locks(const Storage& locking) noexcept { LockWitness::called(locking); }

void LockWitness::called(const Storage& locking) noexcept {
  if (current_witness == nullptr || !current_witness->seen_.empty()) return;
  try {
    current_witness->seen_ = locking.uri();
  } catch (...) {  // no memory for its name, or a host's that has none to say
  }
  if (current_witness->seen_.empty()) current_witness->seen_ = "another";
}

void LockWitness::require_told(const Storage& storage) const {
  if (seen_.empty() || locks_objects(storage)) return;
  throw Error(ErrorCode::unsupported, "can't keep a repository in " + storage.uri() + ": it passes calls on to " + seen_ +
                                          ", which locks its objects, and does not pass on their locks, which would end unnoticed; give it "
                                          "locks(), locked_until() and renew_lock()");
}

}  // namespace holdfast
