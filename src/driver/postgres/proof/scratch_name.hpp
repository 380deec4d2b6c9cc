#pragma once

#include <algorithm>
#include <string>

#include "base/hex.hpp"
#include "holdfast/context.hpp"

namespace holdfast::postgres {

/// Returns a new name for the database of a proof.
inline std::string verify_name(const Context& context) {
  std::string stamp = format_time(context.now());  // 2026-11-20T18:04:11Z
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  stamp.replace(stamp.find('T'), 1, "_");
  return "verify_" + stamp + "_" + to_hex(context.random_bytes(4));
}

}  // namespace holdfast::postgres
