#pragma once

#include <cstddef>
#include <span>

namespace holdfast {

/// Source of random bytes. Safe to call from any thread.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;
};

/// The operating system's generator. Throws Error{internal} when it has no entropy.
Random& system_random() noexcept;

}  // namespace holdfast
