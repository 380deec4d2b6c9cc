#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace holdfast {

/// Counts the retries of one operation: a storage serves several at once and does not know which of them calls. Retries
/// count for the operation that their thread works for, and for the one around it. Any thread.
class RetryTally : public std::enable_shared_from_this<RetryTally> {
 public:
  /// Its operation is a part of the one that this thread works for, if there is one.
  RetryTally() noexcept : outer_(current()) {}

  std::uint64_t count() const noexcept { return count_; }

  /// Returns the tally that this thread counts for; null if there is none. Threads that this one starts for its
  /// operation take it over by a Scope.
  static std::shared_ptr<RetryTally> current() noexcept;
  /// Counts a retry on this thread.
  static void add() noexcept;

  /// While it lives, its thread counts for the tally, which outlives it; null: for none.
  class Scope {
   public:
    explicit Scope(const std::shared_ptr<RetryTally>& tally) noexcept;
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    RetryTally* const before_;
  };

 private:
  const std::shared_ptr<RetryTally> outer_;
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace holdfast
