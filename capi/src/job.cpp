#include "job.hpp"

#include <system_error>

#include "holdfast/report.hpp"

namespace holdfast::capi {

namespace {

using Clock = std::chrono::steady_clock;

// Longer than any host waits, and far from the limits of the clock.
constexpr std::int64_t kForever = std::int64_t{365} * 24 * 3600 * 1000;

Clock::time_point deadline_in(std::int64_t milliseconds) {
  return Clock::now() + std::chrono::milliseconds(milliseconds < 0 ? kForever : std::min(milliseconds, kForever));
}

std::int32_t kind_of(EventKind kind) {
  switch (kind) {
    case EventKind::phase: return HOLDFAST_EVENT_PHASE;
    case EventKind::progress: return HOLDFAST_EVENT_PROGRESS;
    case EventKind::entry_started: return HOLDFAST_EVENT_ENTRY_STARTED;
    case EventKind::entry_finished: return HOLDFAST_EVENT_ENTRY_FINISHED;
    case EventKind::warning: return HOLDFAST_EVENT_WARNING;
    case EventKind::log: return HOLDFAST_EVENT_LOG;
    case EventKind::begun: return HOLDFAST_EVENT_BEGUN;
    case EventKind::ended: return HOLDFAST_EVENT_ENDED;
  }
  return HOLDFAST_EVENT_LOG;
}

}  // namespace

Job::Job(const OptionSet& options, Work work) : operation_(options), callback_(options.events), work_(std::move(work)) {
  operation_.context.events = this;
}

Job::~Job() {
  if (!thread_.joinable()) return;
  // The job's own thread is the only one that gets here while it runs: anyone who frees the handle has waited.
  thread_.detach();
}

void Job::start(const std::shared_ptr<Job>& job) {
  try {
    job->thread_ = std::thread([job] { job->run(); });
  } catch (const std::system_error& error) {
    throw Error(ErrorCode::limit, std::string("no thread could be started for the job: ") + error.what(), true);
  }
}

void Job::run() noexcept {
  worker_ = std::this_thread::get_id();
  std::unique_ptr<holdfast_error, void (*)(holdfast_error*)> failure(nullptr, holdfast_error_free);
  JobResult result;
  try {
    result = work_(operation_.context);
  } catch (...) {
    failure.reset(current_error("job"));
  }
  work_ = nullptr;  // and thereby the handles that were given to the job
  operation_.context.emit({.kind = EventKind::progress});
  finish(std::move(result), std::move(failure));
}

void Job::finish(JobResult result, std::unique_ptr<holdfast_error, void (*)(holdfast_error*)> failure) noexcept {
  const std::lock_guard lock(mutex_);
  const holdfast_status asked = stopped_by_callback_;
  if (failure && failure->status == HOLDFAST_E_CANCELLED && asked != HOLDFAST_OK && asked != HOLDFAST_E_CANCELLED) {
    try {
      throw_host_status(asked, "event callback");
    } catch (...) {
      failure.reset(current_error("job"));
    }
  }
  result_ = std::move(result);
  failure_ = std::move(failure);
  done_ = true;
  changed_.notify_all();
}

void Job::on_event(const Event& event) noexcept {
  const std::lock_guard lock(mutex_);
  counters_.bytes_done = event.bytes_done;
  counters_.bytes_total = event.bytes_total;
  counters_.bytes_stored = event.bytes_stored;
  counters_.operation = event.operation;  // short: does not allocate
  if (event.kind == EventKind::entry_finished) ++entries_done_;
  if (callback_) queue(event);
  changed_.notify_all();
}

// The record of the end is an operation's last event: the progress until then goes before it, and none comes after it.
void Job::queue(const Event& event) noexcept {
  const bool ended = event.kind == EventKind::ended;
  if (event.kind == EventKind::begun) ++operations_;
  if (ended) --operations_;
  if (ended || event.kind == EventKind::begun) all_ended_ = operations_ == 0;
  progress_due_ = !ended && !all_ended_;
  try {
    if (ended) keep(counters_);
    if (event.kind != EventKind::progress) keep(event);
  } catch (...) {  // no memory for an event; the work continues
  }
}

void Job::keep(Event event) {
  if (events_.size() == kMostEvents) events_.pop_front();
  events_.push_back(std::move(event));
}

void Job::call(const Event& event) {
  const std::string record = event.record ? to_json(*event.record) : "";
  const holdfast_event seen{sizeof seen,          kind_of(event.kind),     event.message.c_str(),
                            event.object.c_str(), event.bytes_done,        event.bytes_total,
                            event.bytes_stored,   event.operation.c_str(), event.record ? record.c_str() : nullptr};
  const holdfast_status status = (*callback_)(&seen);
  if (status == HOLDFAST_OK) return;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_by_callback_ == HOLDFAST_OK) stopped_by_callback_ = status;
  }
  cancel();
}

void Job::hand_out() {
  if (!callback_) return;
  std::deque<Event> events;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(progress_due_, false)) events_.push_back(counters_);
    events.swap(events_);
  }
  for (const Event& event : events) call(event);
}

holdfast_status Job::step(std::int64_t budget_ms) {
  const auto deadline = deadline_in(budget_ms);
  for (;;) {
    bool done = false;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, deadline, [&] { return done_ || progress_due_ || !events_.empty(); });
      done = done_;
    }
    hand_out();
    if (done) return HOLDFAST_OK;
    if (Clock::now() >= deadline) return HOLDFAST_RUNNING;
  }
}

holdfast_status Job::wait(std::int64_t timeout_ms) {
  if (std::this_thread::get_id() == worker_.load()) refuse_state("a job can't wait for itself");
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline_in(timeout_ms), [&] { return done_; }) ? HOLDFAST_OK : HOLDFAST_RUNNING;
}

void Job::end() noexcept {
  cancel();
  if (std::this_thread::get_id() != worker_.load() && thread_.joinable()) thread_.join();
}

holdfast_progress Job::progress() const {
  const std::lock_guard lock(mutex_);
  holdfast_progress progress{};
  progress.status = !done_ ? HOLDFAST_RUNNING : failure_ ? failure_->status : HOLDFAST_OK;
  progress.bytes_done = counters_.bytes_done;
  progress.bytes_total = counters_.bytes_total;
  progress.bytes_stored = counters_.bytes_stored;
  progress.entries_done = entries_done_;
  progress.warnings = operation_.context.warnings();
  return progress;
}

const holdfast_error* Job::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_.get();
}

bool Job::succeeded() const {
  const std::lock_guard lock(mutex_);
  return done_ && !failure_;
}

void Job::require_success() const {
  const std::lock_guard lock(mutex_);
  if (!done_) refuse_state("the job is not done");
  if (failure_) refuse_state("the job failed: " + failure_->message);
}

}  // namespace holdfast::capi
