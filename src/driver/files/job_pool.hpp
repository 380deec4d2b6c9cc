#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <system_error>
#include <thread>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/error.hpp"

namespace holdfast::files {

/// Threads that carry out jobs in the order they are submitted. One thread submits; the first exception of a job is thrown to it.
template <typename Job>
class JobPool {
 public:
  /// A job that takes long looks at the token now and then: it is to end, for nobody waits for it any more.
  using Worker = std::function<void(Job&, const std::stop_token&)>;
  /// `make_worker` runs once on each thread: what it returns may keep what one thread alone uses.
  JobPool(unsigned threads, const Context& context, const std::function<Worker()>& make_worker) : context_(context) {
    try {
      for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this, make_worker] { run(make_worker); });
    } catch (const std::system_error& error) {
      // Fewer threads are slower; none can't do it.
      if (threads_.empty()) throw Error(ErrorCode::limit, std::string("can't start a thread: ") + error.what());
    }
  }
  ~JobPool() {
    {
      const std::lock_guard lock(mutex_);
      queue_.clear();
    }
    give_up_.request_stop();
    stop();
  }
  JobPool(const JobPool&) = delete;
  JobPool& operator=(const JobPool&) = delete;

  /// Waits while as many jobs wait as there are threads.
  void submit(Job job) {
    std::unique_lock lock(mutex_);
    wait(lock, [this] { return queue_.size() < threads_.size(); });
    queue_.push_back(std::move(job));
    lock.unlock();
    changed_.notify_all();
  }

  /// Waits until `ready` says so, which is asked after every job.
  template <typename Ready>
  void wait_until(const Ready& ready) {
    std::unique_lock lock(mutex_);
    wait(lock, ready);
  }

  /// Waits for all jobs.
  void finish() {
    stop();
    if (error_) std::rethrow_exception(error_);
    context_.check();
  }

 private:
  template <typename Ready>
  void wait(std::unique_lock<std::mutex>& lock, const Ready& ready) {
    changed_.wait(lock, context_.stop, [&] { return error_ || ready(); });
    if (error_) std::rethrow_exception(error_);
    context_.check();
  }

  void stop() noexcept {
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
        context_.check();
        work(job, give_up_.get_token());
        // The lock orders what the job did before what a waiting thread then sees.
        lock.lock();
        lock.unlock();
        changed_.notify_all();
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      give_up_.request_stop();
    }
    changed_.notify_all();
  }

  const Context& context_;
  std::mutex mutex_;  // guards the three below
  std::condition_variable_any changed_;
  std::deque<Job> queue_;
  std::exception_ptr error_;
  bool ending_ = false;
  std::stop_source give_up_;
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

}  // namespace holdfast::files
