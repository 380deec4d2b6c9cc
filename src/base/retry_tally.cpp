#include "base/retry_tally.hpp"

#include <utility>

namespace holdfast {

namespace {

thread_local RetryTally* current_tally = nullptr;

}  // namespace

std::shared_ptr<RetryTally> RetryTally::current() noexcept {
  return current_tally == nullptr ? nullptr : current_tally->shared_from_this();
}

void RetryTally::add() noexcept {
  for (RetryTally* tally = current_tally; tally != nullptr; tally = tally->outer_.get()) ++tally->count_;
}

RetryTally::Scope::Scope(const std::shared_ptr<RetryTally>& tally) noexcept : before_(std::exchange(current_tally, tally.get())) {}

RetryTally::Scope::~Scope() { current_tally = before_; }

}  // namespace holdfast
