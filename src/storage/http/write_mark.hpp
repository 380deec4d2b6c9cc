#pragma once

#include <array>
#include <string>

#include "base/hex.hpp"
#include "holdfast/context.hpp"

namespace holdfast {

/// Returns a name for one attempt to write an object, stored with it. After an answer was lost, it tells whether the
/// object is ours, even among objects with equal bytes.
inline std::string new_write_mark(Random& random) {
  std::array<std::byte, 16> bytes{};
  random.fill(bytes);
  return to_hex(bytes);
}

}  // namespace holdfast
