#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "storage/s3/s3_client.hpp"

namespace holdfast {

/// Bytes that parts on their way may take together. Safe from any thread.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t bytes) : left_(bytes) {}
  bool take(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }
  void give_back(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    left_ += bytes;
  }

 private:
  std::mutex mutex_;
  std::uint64_t left_;
};

/// The parts of one multipart upload, several on their way at once. Used by one thread. Destroyed = those on their way are given up.
class PartUploads {
 public:
  PartUploads(std::shared_ptr<S3Client> client, std::shared_ptr<MemoryBudget> memory, std::string key, std::string upload_id);
  ~PartUploads();
  PartUploads(const PartUploads&) = delete;
  PartUploads& operator=(const PartUploads&) = delete;

  /// Takes the next part. Returns when it is on its way, or stored if there is no memory to go on meanwhile. Throws what an earlier part
  /// met.
  void send(Bytes part);
  /// Waits for all. Throws the first error.
  const std::vector<UploadedPart>& finish();

 private:
  struct Job {
    unsigned number = 0;
    Bytes bytes;
  };
  void work();
  void upload(const Job& job);
  void check() const;

  std::shared_ptr<S3Client> client_;
  std::shared_ptr<MemoryBudget> memory_;
  std::string key_, upload_id_;
  std::stop_source stop_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  unsigned under_way_ = 0;  // waiting or being sent
  bool closed_ = false;
  std::exception_ptr first_error_;
  std::vector<UploadedPart> done_;  // by number
  std::vector<std::thread> threads_;
};

}  // namespace holdfast
