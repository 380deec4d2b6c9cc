// Counts allocations of operator new. The system does not count memory that is never touched, so a measurement from
// outside misses it.
#include "fuzz/allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#ifdef HOLDFAST_SANITIZED

std::size_t holdfast::fuzz::peak_allocated() noexcept { return 0; }
void holdfast::fuzz::reset_peak() noexcept {}

#else

#include <malloc.h>

namespace {

std::atomic<std::size_t> live{0}, base{0}, peak{0};

void* counted(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  const std::size_t now = live += malloc_usable_size(memory);
  std::size_t before = peak;
  while (now > before && !peak.compare_exchange_weak(before, now)) {
  }
  return memory;
}

void release(void* memory) noexcept {
  if (memory != nullptr) live -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

std::size_t holdfast::fuzz::peak_allocated() noexcept { return peak - base; }
void holdfast::fuzz::reset_peak() noexcept {
  base = live.load();
  peak = live.load();
}

void* operator new(std::size_t size) { return counted(std::malloc(size)); }
void* operator new[](std::size_t size) { return counted(std::malloc(size)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(aligned_alloc(static_cast<std::size_t>(alignment), size));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

#endif
