#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <type_traits>

#include "holdfast/context.hpp"
#include "holdfast/operation.hpp"
#include "holdfast/repository.hpp"
#include "repository/layout.hpp"

namespace holdfast {

/// Whether the repository keeps an operation's record.
enum class Kept { no, yes, unless_it_succeeds };

/// A running operation: emits its record at its beginning and its end, and keeps it in the history. One thread; context
/// and layout outlive it.
class RecordedOperation {
 public:
  RecordedOperation(Context& context, std::string name, Layout& layout, Kept kept = Kept::no);
  /// Without succeed() or fail() before, the operation failed or was cancelled.
  ~RecordedOperation();
  RecordedOperation(const RecordedOperation&) = delete;
  RecordedOperation& operator=(const RecordedOperation&) = delete;

  /// The record for the end, filled while the operation runs.
  OperationRecord& record() noexcept { return record_; }
  void succeed() noexcept;
  /// Call it while an exception is handled. Only the first call counts.
  void fail() noexcept;

 private:
  void emit(EventKind kind) noexcept;
  void end(Outcome outcome) noexcept;
  void count_warnings();
  bool is_worth_keeping() const noexcept;
  void keep() noexcept;
  void tell_unkept(const std::exception& error) noexcept;

  Context& context_;
  Layout& layout_;
  const Kept kept_;
  OperationRecord record_;
  std::optional<Context::Operation> counted_;  // until its end
  std::uint64_t warnings_before_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  bool ended_ = false;
};

/// Runs `work(record)` as an operation and returns what it returns.
template <typename Work>
auto recorded(Context& context, std::string name, Layout& layout, Kept kept, const Work& work) {
  RecordedOperation operation(context, std::move(name), layout, kept);
  try {
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
