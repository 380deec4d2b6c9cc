#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "holdfast/bytes.hpp"
#include "holdfast/clock.hpp"

namespace holdfast {

/// An ability: a storage with a place for copies of small objects, so that a caller that lists them often need not read
/// each one again. Copies are not trusted: their reader checks them against the listing and with the key.
class Copies {
 public:
  virtual ~Copies() = default;

  struct Copy {
    std::uint64_t size = 0;  ///< of the object when it was read
    TimePoint modified{};
    Bytes bytes;
  };
  using ByObject = std::map<std::string, Copy>;

  /// Returns the copies kept last; none if they can't be read.
  virtual ByObject copies() const = 0;
  /// Keeps these copies instead, as far as possible.
  virtual void keep(const ByObject& copies) const noexcept = 0;
};

}  // namespace holdfast
