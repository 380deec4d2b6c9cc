#pragma once

#include <concepts>
#include <cstddef>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// Appends a number in big-endian order.
template <std::unsigned_integral Number>
void append_number(Bytes& out, Number value) {
  for (std::size_t i = sizeof(Number); i-- > 0;) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

/// Writes a number in big-endian order at `at`, and advances `at` past it.
template <std::unsigned_integral Number>
void put_number(std::byte*& at, Number value) {
  for (std::size_t i = sizeof(Number); i-- > 0;) *at++ = static_cast<std::byte>(value >> (8 * i));
}

/// Returns the big-endian number at the beginning of `bytes`, which must be long enough.
template <std::unsigned_integral Number>
Number number_in(ByteView bytes) {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) value = static_cast<Number>(value << 8 | std::to_integer<Number>(bytes[i]));
  return value;
}

}  // namespace holdfast
