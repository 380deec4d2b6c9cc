#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <type_traits>

#include "holdfast/context.hpp"
#include "holdfast/operation.hpp"
#include "holdfast/repository.hpp"

namespace holdfast {

/// One operation while it runs: emits its record when it begins and when it ends. Used by one thread; the context outlives it.
class RecordedOperation {
 public:
  RecordedOperation(Context& context, std::string name, const RepositoryInfo& repository);
  /// One that was neither succeed() nor fail() was given up: it failed, or was cancelled.
  ~RecordedOperation();
  RecordedOperation(const RecordedOperation&) = delete;
  RecordedOperation& operator=(const RecordedOperation&) = delete;

  /// What the end's record will say; filled in while the operation runs.
  OperationRecord& record() noexcept { return record_; }
  void succeed() noexcept;
  /// With the exception that is being handled. May be called again: the first one counts.
  void fail() noexcept;

 private:
  void emit(EventKind kind) noexcept;
  void end(Outcome outcome) noexcept;

  Context& context_;
  OperationRecord record_;
  std::optional<Context::Operation> counted_;  // until it ended
  std::uint64_t warnings_before_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  bool ended_ = false;
};

/// Runs `work(record)` as an operation and returns what it returns.
template <typename Work>
auto recorded(Context& context, std::string name, const RepositoryInfo& repository, const Work& work) {
  RecordedOperation operation(context, std::move(name), repository);
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

/// What the record counts of a backup that was made.
Counts counts_of(const BackupInfo& made);
/// All that it says of it.
void describe(OperationRecord& record, const BackupInfo& made);
/// And of a verification; of several, their sum.
void describe(OperationRecord& record, const VerifyReport& report);

}  // namespace holdfast
