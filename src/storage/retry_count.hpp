#pragma once

#include <cstdint>

#include "holdfast/storage.hpp"

namespace holdfast {

/// An ability: a storage that tries requests again, and counts how often.
class CountsRetries {
 public:
  virtual ~CountsRetries() = default;
  /// All retries so far, of all threads. A storage that combines several adds up theirs.
  virtual std::uint64_t retries() const noexcept = 0;
};

/// Returns the retries of a storage and of all that it wraps; 0 for those that count none.
std::uint64_t retries_of(const Storage& storage) noexcept;

}  // namespace holdfast
