#include "storage/http/part_uploads.hpp"

namespace holdfast {

PartUploads::PartUploads(unsigned parallel, std::shared_ptr<MemoryBudget> memory, std::stop_token stop, Send send)
    : parallel_(parallel), memory_(std::move(memory)), stop_(std::move(stop)), send_(std::move(send)) {}

// Null if the system has no thread: the caller's thread then sends the parts.
PartUploads::Queue* PartUploads::queue() {
  if (queue_) return &*queue_;
  try {
    queue_.emplace(parallel_, stop_, [this]() -> Queue::Worker {
      return [this](Part& part, const std::stop_token& stop) {
        upload(part, stop);
        part = {};  // before the caller is woken: it may need the memory
        --under_way_;
      };
    });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::limit) throw;
    return nullptr;
  }
  return &*queue_;
}

void PartUploads::send(Bytes bytes) {
  Queue* const queue = this->queue();
  if (queue != nullptr) queue->wait_until([this] { return under_way_ < parallel_; });
  Part part{.bytes = std::move(bytes)};
  {
    const std::lock_guard lock(mutex_);
    names_.emplace_back();
    part.number = static_cast<unsigned>(names_.size());
  }
  const std::size_t size = part.bytes.size();
  if (queue == nullptr || !memory_->take(size)) return upload(part, stop_);
  part.memory = {nullptr, [memory = memory_, size](void*) { memory->give_back(size); }};
  ++under_way_;
  queue->submit(std::move(part));
}

const std::vector<std::string>& PartUploads::finish() {
  if (queue_) queue_->finish();
  return names_;
}

void PartUploads::upload(const Part& part, const std::stop_token& stop) {
  std::string name = send_(part.number, part.bytes, stop);
  const std::lock_guard lock(mutex_);
  names_[part.number - 1] = std::move(name);
}

}  // namespace holdfast
