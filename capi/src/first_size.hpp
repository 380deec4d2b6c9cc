#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

#include "guard.hpp"
#include "holdfast_driver.h"

namespace holdfast::capi {

/// The size that a struct had when it was first published. Programs of that time have no more of it.
template <class Struct>
inline constexpr std::size_t kFirstSize = sizeof(Struct);
template <>
inline constexpr std::size_t kFirstSize<holdfast_storage_driver> = offsetof(holdfast_storage_driver, locks);
template <>
inline constexpr std::size_t kFirstSize<holdfast_driver> = offsetof(holdfast_driver, options);
template <>
inline constexpr std::size_t kFirstSize<holdfast_transform_driver> = offsetof(holdfast_transform_driver, version);
template <>
inline constexpr std::size_t kFirstSize<holdfast_option_info> = offsetof(holdfast_option_info, unit);
template <>
inline constexpr std::size_t kFirstSize<holdfast_garbage_report> = offsetof(holdfast_garbage_report, copied_chunks);

[[noreturn]] inline void refuse_size(const std::string& name, std::size_t size) {
  refuse(name + ": struct_size is " + std::to_string(size) + ", not sizeof of the struct");
}

/// Fills a struct of the host's, which may be older and shorter, or newer and longer: as much of it as both know. The
/// rest of a longer one becomes zero. Leaves its struct_size as it is.
template <class Struct>
void fill(Struct* out, const char* name, Struct filled) {
  const std::size_t size = required(out, name).struct_size;
  if (size < kFirstSize<Struct>) refuse_size(name, size);
  filled.struct_size = out->struct_size;
  char* const place = reinterpret_cast<char*>(out);
  std::memcpy(place, &filled, std::min(size, sizeof(Struct)));
  if (size > sizeof(Struct)) std::memset(place + sizeof(Struct), 0, size - sizeof(Struct));
}

}  // namespace holdfast::capi
