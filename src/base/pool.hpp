#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace holdfast {

/// Objects that are costly to construct, for reuse. Safe from any thread. A taken object may outlive the pool.
template <typename T>
class Pool {
 public:
  /// Returns a used object in its last state, or a new one. The object returns to the pool when its last owner releases
  /// it.
  std::shared_ptr<T> take() {
    return {shelf_->take().release(), [shelf = shelf_](T* item) { shelf->put(std::unique_ptr<T>(item)); }};
  }

 private:
  class Shelf {
   public:
    std::unique_ptr<T> take() {
      const std::lock_guard lock(mutex_);
      if (items_.empty()) {
        items_.reserve(made_ + 1);  // so that returning an object needs no memory
        ++made_;
        return std::make_unique<T>();
      }
      std::unique_ptr<T> item = std::move(items_.back());
      items_.pop_back();
      return item;
    }
    void put(std::unique_ptr<T> item) noexcept {
      const std::lock_guard lock(mutex_);
      items_.push_back(std::move(item));
    }

   private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<T>> items_;
    std::size_t made_ = 0;
  };

  std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
};

}  // namespace holdfast
