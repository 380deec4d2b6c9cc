#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <type_traits>

#include "base/retry_tally.hpp"
#include "holdfast/context.hpp"
#include "holdfast/operation.hpp"
#include "holdfast/repository.hpp"
#include "operations/audited.hpp"
#include "repository/layout.hpp"

namespace holdfast {

/// Whether the repository keeps an operation's record.
enum class Kept { no, yes, unless_it_succeeds };

/// What an operation leaves in the repository.
struct Traces {
  bool audited = false;  ///< audit records, if the repository's policy asks for them
  Kept kept = Kept::no;  ///< its own record, in the history
};
constexpr Traces kUntraced{}, kAudited{.audited = true}, kKept{.kept = Kept::yes}, kAuditedAndKept{.audited = true, .kept = Kept::yes};

/// A running operation: emits its record at its beginning and its end, and leaves its traces. One thread; context and
/// layout outlive it.
class RecordedOperation {
 public:
  RecordedOperation(Context& context, std::string name, Layout& layout, Traces traces);
  /// Without succeed() or fail() before, the operation failed or was cancelled.
  ~RecordedOperation();
  RecordedOperation(const RecordedOperation&) = delete;
  RecordedOperation& operator=(const RecordedOperation&) = delete;

  /// The record for the end, filled while the operation runs.
  OperationRecord& record() noexcept { return record_; }
  /// A thread that works for the operation holds a Scope of it.
  const std::shared_ptr<RetryTally>& retried() const noexcept { return retried_; }
  /// Call it before the work. Throws if a required audit record can't be put.
  void begin();
  /// Call it after the work. Throws as begin().
  void succeed();
  /// Call it while an exception is handled. Only the first call counts.
  void fail() noexcept;

 private:
  void emit(EventKind kind) noexcept;
  void set_ended(Outcome outcome) noexcept;
  void end_failed(Outcome outcome) noexcept;
  void end() noexcept;
  void count_troubles();
  bool is_worth_keeping() const noexcept;
  void keep() noexcept;
  void tell_unkept() noexcept;

  Context& context_;
  Layout& layout_;
  const Kept kept_;
  OperationRecord record_;
  std::optional<Context::Operation> counted_;  // until its end
  std::optional<AuditedOperation> audited_;
  std::uint64_t warnings_before_;
  const std::shared_ptr<RetryTally> retried_ = std::make_shared<RetryTally>();
  std::uint64_t retries_ = 0;  // until its end
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  bool ended_ = false;
};

/// Runs `work(record)` as an operation and returns what it returns.
template <typename Work>
auto recorded(Context& context, std::string name, Layout& layout, Traces traces, const Work& work) {
  RecordedOperation operation(context, std::move(name), layout, traces);
  const RetryTally::Scope scope(operation.retried());
  try {
    operation.begin();
    if constexpr (std::is_void_v<std::invoke_result_t<Work, OperationRecord&>>) {
      work(operation.record());
      operation.succeed();
    } else {
      auto result = work(operation.record());
      operation.succeed();
      return result;
    }
  } catch (...) {
    operation.fail();
    throw;
  }
}

/// Returns the counts of a new backup.
Counts counts_of(const BackupInfo& made);
/// Adds a new backup to the record.
void describe(OperationRecord& record, const BackupInfo& made);
/// Adds a verification; several are summed.
void describe(OperationRecord& record, const VerifyReport& report);

}  // namespace holdfast
