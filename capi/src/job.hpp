#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <variant>

#include "handles.hpp"
#include "holdfast/replication.hpp"
#include "holdfast/tiered.hpp"

namespace holdfast::capi {

/// The result of a job that has it as JSON only.
struct JsonResult {
  std::string text;
};
inline const std::string& to_json(const JsonResult& result) { return result.text; }

/// The result of a job.
using JobResult =
    std::variant<std::monostate, JsonResult, PipelineReport, BackupInfo, VerifyReport, std::vector<VerifyReport>, RetentionPlan,
                 RestoreReport, GarbageReport, RepairReport, ReplicaRepairReport, TierReport, ReplicationReport>;

/// One operation on a thread of its own. The thread that calls step() or wait() delivers the events, so that callbacks
/// run on a host's thread.
class Job final : private EventSink {
 public:
  using Work = std::function<JobResult(Context&)>;

  Job(const OptionSet& options, Work work);
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() override;

  /// Starts the job. Call it once, on a job that a shared_ptr owns: the thread keeps a copy of that pointer.
  static void start(const std::shared_ptr<Job>& job);
  /// Both return HOLDFAST_RUNNING if the job has not ended by then, otherwise HOLDFAST_OK, also if it failed: see
  /// failure().
  holdfast_status step(std::int64_t budget_ms);
  holdfast_status wait(std::int64_t timeout_ms);
  void cancel() noexcept { operation_.cancel(); }
  /// Cancels, and waits for the thread unless it is the calling one.
  void end() noexcept;
  holdfast_progress progress() const;

  /// Returns the error of the ended job; null if it succeeded or still runs.
  const holdfast_error* failure() const;
  /// Returns the result. Throws Error{invalid_state} unless the job succeeded with a result of that kind.
  template <class Result>
  const Result& result() const {
    require_success();
    const Result* found = std::get_if<Result>(&result_);
    if (found == nullptr) refuse_state("this kind of job has another result");
    return *found;
  }

  /// Returns the result; null unless the job succeeded with one of that kind.
  template <class Result>
  const Result* result_if() const {
    return succeeded() ? std::get_if<Result>(&result_) : nullptr;
  }

  /// Passes the result of any kind to `visitor`. Throws Error{invalid_state} unless the job succeeded.
  template <class Visitor>
  auto visit_result(Visitor&& visitor) const {
    require_success();
    return std::visit(visitor, result_);
  }

  Busy stepping;

 private:
  static constexpr std::size_t kMostEvents = 4096;

  void on_event(const Event& event) noexcept override;
  void run() noexcept;
  void finish(JobResult result, std::unique_ptr<holdfast_error, void (*)(holdfast_error*)> failure) noexcept;
  bool succeeded() const;
  void require_success() const;
  void queue(const Event& event) noexcept;
  void keep(Event event);
  void hand_out();
  void call(const Event& event);

  Operation operation_;
  std::shared_ptr<const EventCallback> callback_;
  Work work_;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<Event> events_;
  Event counters_{.kind = EventKind::progress};
  bool progress_due_ = false;
  int operations_ = 0;      // that have begun and not ended
  bool all_ended_ = false;  // there were some
  std::uint64_t entries_done_ = 0;
  holdfast_status stopped_by_callback_ = HOLDFAST_OK;
  bool done_ = false;
  JobResult result_;
  std::unique_ptr<holdfast_error, void (*)(holdfast_error*)> failure_{nullptr, holdfast_error_free};
  std::thread thread_;
  std::atomic<std::thread::id> worker_{};  // the worker may ask while thread_ is still being assigned
};

}  // namespace holdfast::capi

struct holdfast_job {
  std::shared_ptr<holdfast::capi::Job> job;
};
