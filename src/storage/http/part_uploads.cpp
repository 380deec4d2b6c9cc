#include "storage/http/part_uploads.hpp"

#include <system_error>

namespace holdfast {

PartUploads::PartUploads(unsigned parallel, std::shared_ptr<MemoryBudget> memory, std::stop_token stop, Send send)
    : parallel_(parallel), memory_(std::move(memory)), send_(std::move(send)), host_stops_(std::move(stop), RequestStop{stop_}) {}

PartUploads::~PartUploads() {
  stop_.request_stop();
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (const Job& job : waiting_) memory_->give_back(job.bytes.size());
    waiting_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void PartUploads::check() const {
  if (first_error_) std::rethrow_exception(first_error_);
}

void PartUploads::send(Bytes part) {
  Job job{.bytes = std::move(part)};
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return under_way_ < parallel_ || first_error_; });
    check();
    names_.emplace_back();
    job.number = static_cast<unsigned>(names_.size());
    if (memory_->take(job.bytes.size())) {
      const bool all_busy = under_way_ >= threads_.size();
      waiting_.push_back(std::move(job));
      ++under_way_;
      try {
        if (all_busy) threads_.emplace_back([this] { work(); });
      } catch (const std::system_error&) {
        // No thread to be had: this one does it, unless another will.
        if (threads_.empty()) {
          job = std::move(waiting_.back());
          waiting_.pop_back();
          --under_way_;
          memory_->give_back(job.bytes.size());
        }
      }
      changed_.notify_all();
    }
  }
  if (!job.bytes.empty()) upload(job);
}

const std::vector<std::string>& PartUploads::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return under_way_ == 0; });
  check();
  return names_;
}

void PartUploads::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return !waiting_.empty() || closed_; });
    if (waiting_.empty()) return;
    const Job job = std::move(waiting_.front());
    waiting_.pop_front();
    const bool skip = first_error_ != nullptr;
    lock.unlock();
    std::exception_ptr error;
    try {
      if (!skip) upload(job);
    } catch (...) {
      error = std::current_exception();
    }
    memory_->give_back(job.bytes.size());
    lock.lock();
    if (error && !first_error_) first_error_ = error;
    --under_way_;
    changed_.notify_all();
  }
}

void PartUploads::upload(const Job& job) {
  std::string name = send_(job.number, job.bytes, stop_.get_token());
  const std::lock_guard lock(mutex_);
  names_[job.number - 1] = std::move(name);
}

}  // namespace holdfast
