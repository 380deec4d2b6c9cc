#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace holdfast {

/// An array of very many plain records. Unlike a vector, it never holds two copies while it grows: large blocks grow by
/// moving pages, so it uses only the memory of its records.
template <typename T>
requires std::is_trivially_copyable_v<T>
class GrowingArray {
 public:
  void push_back(const T& item) {
    const T copy = item;  // it may be in the memory that is about to move
    if (size_ == capacity_) reallocate(capacity_ == 0 ? 64 : capacity_ * 2);
    items_.get()[size_++] = copy;
  }
  /// Releases unused capacity.
  void shrink() {
    if (size_ != 0) reallocate(size_);
  }

  std::size_t size() const noexcept { return size_; }
  const T& operator[](std::size_t at) const { return items_.get()[at]; }
  const T* begin() const noexcept { return items_.get(); }
  const T* end() const noexcept { return items_.get() + size_; }
  T* begin() noexcept { return items_.get(); }
  T* end() noexcept { return items_.get() + size_; }

 private:
  struct Free {
    void operator()(T* items) const noexcept { std::free(items); }
  };

  void reallocate(std::size_t capacity) {
    T* moved = static_cast<T*>(std::realloc(items_.get(), capacity * sizeof(T)));
    if (moved == nullptr) throw std::bad_alloc();  // the old block is still ours
    static_cast<void>(items_.release());
    items_.reset(moved);
    capacity_ = capacity;
  }

  std::unique_ptr<T, Free> items_;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace holdfast
