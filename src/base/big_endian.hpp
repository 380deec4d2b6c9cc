#pragma once

#include <concepts>
#include <cstddef>
#include <utility>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// Appends a number in big-endian order.
template <std::unsigned_integral Number>
void append_number(Bytes& out, Number value) {
  for (std::size_t i = sizeof(Number); i-- > 0;) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

/// Writes a big-endian number at `at`, and advances `at` past it. Without a loop, it becomes one instruction; the
/// compiler sees that only after it has decided whether a call is cheaper.
template <std::unsigned_integral Number>
[[gnu::always_inline]] inline void put_number(std::byte*& at, Number value) {
  std::byte* const to = at;
  [&]<std::size_t... Index>(std::index_sequence<Index...>) {
    ((to[Index] = static_cast<std::byte>(value >> (8 * (sizeof(Number) - 1 - Index)))), ...);
  }
  (std::make_index_sequence<sizeof(Number)>());
  at = to + sizeof(Number);
}

/// Returns the big-endian number at the beginning of `bytes`, which must be long enough.
template <std::unsigned_integral Number>
Number number_in(ByteView bytes) {
  return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
    return static_cast<Number>((... | (static_cast<Number>(bytes[Index]) << (8 * (sizeof(Number) - 1 - Index)))));
  }
  (std::make_index_sequence<sizeof(Number)>());
}

}  // namespace holdfast
