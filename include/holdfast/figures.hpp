#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace holdfast {

// Figures as people read them.
std::string format_size(std::uint64_t bytes);             ///< three digits, powers of 1000: "512 B", "1.00 GB", "303 MB"
std::string format_seconds(double seconds);               ///< "7.9 s", "2 min 05 s"
std::string format_span(std::chrono::microseconds span);  ///< its two largest units: "3 d 4 h", "5 min 10 s"; not negative

}  // namespace holdfast
