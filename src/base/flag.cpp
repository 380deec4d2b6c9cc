#include "base/flag.hpp"

#include <string>

#include "holdfast/error.hpp"
#include "holdfast/flag.hpp"

namespace holdfast {

std::optional<bool> flag_in(std::string_view text) noexcept {
  if (text == "yes" || text == "true" || text == "on" || text == "1") return true;
  if (text == "no" || text == "false" || text == "off" || text == "0") return false;
  return std::nullopt;
}

bool parse_flag(std::string_view option, std::string_view text) {
  if (const auto flag = flag_in(text)) return *flag;
  throw Error(ErrorCode::invalid_argument, "option " + std::string(option) + " takes yes or no");
}

}  // namespace holdfast
