#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast {

/// Returns "1 backup", "1200 backups".
inline std::string count_of(std::uint64_t number, std::string_view thing) {
  return std::to_string(number) + " " + std::string(thing) + (number == 1 ? "" : "s");
}

}  // namespace holdfast
