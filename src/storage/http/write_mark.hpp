#pragma once

#include <array>
#include <string>

#include "base/hex.hpp"
#include "holdfast/context.hpp"

namespace holdfast {

/// Names the one attempt to write an object, and is kept with it: so whether an object is ours can be told after an answer was lost, also
/// from one of equal bytes.
inline std::string new_write_mark(Random& random) {
  std::array<std::byte, 16> bytes{};
  random.fill(bytes);
  return to_hex(bytes);
}

}  // namespace holdfast
