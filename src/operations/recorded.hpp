#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <type_traits>

#include "holdfast/context.hpp"
#include "holdfast/operation.hpp"
#include "holdfast/repository.hpp"
#include "operations/audited.hpp"

namespace holdfast {

/// A running operation: emits its record at its beginning and its end. One thread; the context outlives it.
class RecordedOperation {
 public:
  RecordedOperation(Context& context, std::string name, const RepositoryInfo& repository);
  /// An operation that leaves audit records, too. The layout outlives it.
  RecordedOperation(Context& context, std::string name, Layout& layout);
  /// Without succeed() or fail() before, the operation failed or was cancelled.
  ~RecordedOperation();
  RecordedOperation(const RecordedOperation&) = delete;
  RecordedOperation& operator=(const RecordedOperation&) = delete;

  /// The record for the end, filled while the operation runs.
  OperationRecord& record() noexcept { return record_; }
  /// Call it before the work. Throws if a required audit record can't be put.
  void begin();
  /// Call it after the work. Throws as begin().
  void succeed();
  /// Call it while an exception is handled. Only the first call counts.
  void fail() noexcept;

 private:
  void emit(EventKind kind) noexcept;
  void set_ended(Outcome outcome) noexcept;
  void end() noexcept;

  Context& context_;
  OperationRecord record_;
  std::optional<Context::Operation> counted_;  // until its end
  std::optional<AuditedOperation> audited_;
  std::uint64_t warnings_before_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  bool ended_ = false;
};

/// Runs `work(record)` as an operation and returns what it returns. `where` is the repository's information; for an
/// operation that leaves audit records, its layout.
template <typename Where, typename Work>
auto recorded(Context& context, std::string name, Where&& where, const Work& work) {
  RecordedOperation operation(context, std::move(name), where);
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
