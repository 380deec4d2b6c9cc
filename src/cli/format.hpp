#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/counts.hpp"
#include "holdfast/figures.hpp"

namespace holdfast::cli {

std::string format_count(std::uint64_t number);                      ///< "5,454,000"
std::string count_of(std::uint64_t number, std::string_view thing);  ///< "1 table", "5 tables"
std::string text_of(const Counts& counts);                           ///< "1 table, 5,454,000 rows"
std::string format_clock(std::chrono::seconds time);                 ///< "0:00:03"

/// Prepares text of unknown origin for a terminal: control characters and broken UTF-8 become '?'.
std::string printable(std::string_view text);
/// Returns the columns that UTF-8 text needs, counting each character as one.
std::size_t columns(std::string_view text);

/// Formats rows below a heading, with columns as wide as needed and two spaces apart. `right` names the right-aligned
/// columns.
std::string format_table(const std::vector<std::vector<std::string>>& rows, const std::vector<std::size_t>& right);

}  // namespace holdfast::cli
