#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <type_traits>

#include "failure.hpp"
#include "holdfast/audit.hpp"
#include "holdfast/context.hpp"
#include "live.hpp"

namespace holdfast::python {

/// Cancels operations from any thread. It is also cancelled with its parent, which may be null.
class CancelToken {
 public:
  explicit CancelToken(const CancelToken* parent) {
    if (parent != nullptr) linked_.emplace(parent->token(), [stop = source_]() mutable { stop.request_stop(); });
  }
  void cancel() { source_.request_stop(); }
  bool cancelled() const { return source_.stop_requested(); }
  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::optional<std::stop_callback<std::function<void()>>> linked_;
};

/// One piece of work for a Python caller. The work runs on a thread of its own. The caller waits, wakes ten times a
/// second to check for signals, delivers events, and runs the calls on Python objects that belong to its thread.
class Operation final : private EventSink {
 public:
  /// `on_event` may be None. Unless `all_events`, it receives only warnings.
  Operation(const py::dict& settings, py::object on_event, bool all_events, const CancelToken* cancel);
  ~Operation() override;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  Context& context() noexcept { return context_; }
  const std::shared_ptr<FailureLog>& failures() const noexcept { return own_failures_; }
  /// Lets exceptions from these logs leave unchanged, too.
  void watch(const FailureLogs& logs) { scope_.watch(logs); }
  void request_stop() { stop_.request_stop(); }
  /// Announces more steps after run(), so that recorded exceptions are kept until forget().
  void keep_heard() noexcept { keeps_heard_ = true; }
  /// Drops exceptions: their tracebacks may refer to the owner of this operation. Needs the GIL.
  void forget();

  /// Runs `work` without the GIL and returns its result. Raises Python exceptions. Needs the GIL.
  template <class Work>
  auto run(Work work) {
    using Result = std::invoke_result_t<Work>;
    if constexpr (std::is_void_v<Result>) {
      run_to_end(work);
    } else {
      std::optional<Result> result;
      run_to_end([&] { result.emplace(work()); });
      return std::move(*result);
    }
  }
  /// The same on this thread, for short steps: signals are checked after it. Needs the GIL.
  template <class Step>
  auto step(Step step) {
    deliver_between_steps();
    return scope_.run_unlocked(step);
  }

  /// Runs `call` on the thread that waits in run(). `call` takes the GIL itself. For threads of the work.
  void on_caller(const std::function<void()>& call);

  /// Delivers waiting events, unless a delivery is already running. Needs the GIL.
  void deliver();

 private:
  struct Task {
    const std::function<void()>& call;
    std::exception_ptr error{};
    bool done = false;
  };

  void on_event(const Event& event) noexcept override;
  void run_to_end(const std::function<void()>& work);
  void wait_for(const bool& done);
  void serve(std::unique_lock<std::mutex>& lock);
  void deliver_between_steps();
  void look_for_signals();
  void interrupt(py::error_already_set& raised);
  std::deque<Event> take_events();

  std::shared_ptr<AuditSigner> audit_signer_;  // may be null; the context borrows it
  Context context_;
  std::stop_source stop_;
  std::optional<std::stop_callback<std::function<void()>>> linked_;
  PyRef on_event_;
  bool hears_ = false, hears_all_ = false, keeps_heard_ = false;
  std::shared_ptr<FailureLog> own_failures_ = std::make_shared<FailureLog>();
  FailureScope scope_;

  std::mutex mutex_;  // never held while waiting for the GIL
  std::condition_variable changed_;
  std::deque<Task*> tasks_;
  std::deque<Event> events_;
  std::optional<Event> progress_;
  bool delivering_ = false;
  std::optional<PythonError> interrupt_;
  std::thread::id caller_;
};

void bind_operation(py::module_& module);

}  // namespace holdfast::python
