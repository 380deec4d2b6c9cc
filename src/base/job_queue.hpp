#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/parallel.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

/// Carries out jobs on its own threads, in the order in which they are submitted. The first exception of a job ends the
/// queue and is thrown to those who submit or wait. Destroyed = jobs that wait are dropped, those that run are asked to
/// stop, and the threads are joined.
template <typename Job>
class JobQueue {
 public:
  /// A long job checks the token: it is stopped when the host stops, another job fails or the queue is destroyed.
  using Worker = std::function<void(Job&, const std::stop_token&)>;

  /// Calls `make_worker` once on each thread: its result may hold what only one thread uses. Throws Error{limit} if the
  /// system has no thread for it; one thread is enough.
  JobQueue(unsigned threads, std::stop_token host, const std::function<Worker()>& make_worker)
      : host_(std::move(host)),
        forward_(host_, RequestStop{stop_}),
        threads_(start_threads(threads, [this, make_worker](unsigned) { run(make_worker); })) {}
  ~JobQueue() {
    {
      const std::lock_guard lock(mutex_);
      queue_.clear();
    }
    stop_.request_stop();
    join();
  }
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  /// Waits while one job more waits than there are threads. Safe from any thread.
  void submit(Job job) {
    std::unique_lock lock(mutex_);
    wait(lock, [this] { return queue_.size() <= threads_.size(); });
    queue_.push_back(std::move(job));
    lock.unlock();
    changed_.notify_all();
  }

  /// Waits until `ready` returns true. It is called after every job, under the lock of the queue.
  template <typename Ready>
  void wait_until(const Ready& ready) {
    std::unique_lock lock(mutex_);
    wait(lock, ready);
  }

  /// Waits for all jobs. No job can be submitted after it.
  void finish() {
    join();
    if (error_) std::rethrow_exception(error_);
    check();
  }

 private:
  struct RequestStop {
    std::stop_source& source;
    void operator()() const noexcept { source.request_stop(); }
  };

  void check() const {
    if (host_.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
  }

  template <typename Ready>
  void wait(std::unique_lock<std::mutex>& lock, const Ready& ready) {
    changed_.wait(lock, host_, [&] { return error_ || ready(); });
    if (error_) std::rethrow_exception(error_);
    check();
  }

  void join() noexcept {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    threads_.clear();
  }

  void run(const std::function<Worker()>& make_worker) noexcept {
    try {
      const Worker work = make_worker();
      for (;;) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ending_ || error_ || !queue_.empty(); });
        if (error_ || queue_.empty()) return;
        Job job = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        changed_.notify_all();
        check();
        work(job, stop_.get_token());
        // The lock orders the effects of the job before what a waiting thread then reads.
        lock.lock();
        lock.unlock();
        changed_.notify_all();
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      stop_.request_stop();
    }
    changed_.notify_all();
  }

  const std::stop_token host_;
  std::stop_source stop_;
  std::stop_callback<RequestStop> forward_;
  std::mutex mutex_;  // guards the three below
  std::condition_variable_any changed_;
  std::deque<Job> queue_;
  std::exception_ptr error_;
  bool ending_ = false;
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

}  // namespace holdfast
