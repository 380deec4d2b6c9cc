#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "holdfast/bytes.hpp"
#include "holdfast/clock.hpp"

namespace holdfast {

/// What a storage also is that has a place beside it for copies of small objects, so that who lists them often need not fetch each again.
/// A copy is believed in nothing: its reader holds it to what the storage lists, and to the key.
class Copies {
 public:
  virtual ~Copies() = default;

  struct Copy {
    std::uint64_t size = 0;  ///< of the object, when it was read
    TimePoint modified{};
    Bytes bytes;
  };
  using ByObject = std::map<std::string, Copy>;

  /// What was kept last; nothing where that can't be read.
  virtual ByObject copies() const = 0;
  /// Keeps these instead, as far as that is possible.
  virtual void keep(const ByObject& copies) const noexcept = 0;
};

}  // namespace holdfast
