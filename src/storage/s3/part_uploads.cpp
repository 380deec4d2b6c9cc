#include "storage/s3/part_uploads.hpp"

#include <system_error>

#include "holdfast/error.hpp"

namespace holdfast {

PartUploads::PartUploads(std::shared_ptr<S3Client> client, std::shared_ptr<MemoryBudget> memory, std::string key, std::string upload_id)
    : client_(std::move(client)), memory_(std::move(memory)), key_(std::move(key)), upload_id_(std::move(upload_id)) {}

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
    changed_.wait(lock, [&] { return under_way_ < client_->options().parallel_parts || first_error_; });
    check();
    done_.push_back({static_cast<unsigned>(done_.size() + 1), {}});
    job.number = done_.back().number;
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

const std::vector<UploadedPart>& PartUploads::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return under_way_ == 0; });
  check();
  return done_;
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
  Retry retry = client_->begin(stop_.get_token());
  const std::string number = std::to_string(job.number);
  const S3Reply reply = client_->send(
      {.method = "PUT", .key = key_, .query = {{"partNumber", number}, {"uploadId", upload_id_}}, .headers = {}, .body = job.bytes}, retry);
  if (!reply.ok()) throw reply.error("store part " + number + " of '" + key_ + "'");
  const std::string_view etag = reply.header("etag");
  if (etag.empty())
    throw Error(ErrorCode::network, "can't store part " + number + " of '" + key_ + "': the server confirms it without an ETag", true);
  const std::lock_guard lock(mutex_);
  done_[job.number - 1].etag = etag;
}

}  // namespace holdfast
