#include "storage/s3/offset_time.hpp"

#include <algorithm>
#include <string_view>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

int two_digits(std::string_view text, int most) {
  const bool digits = text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  const int number = digits ? (text[0] - '0') * 10 + (text[1] - '0') : most + 1;
  if (number > most) throw Error(ErrorCode::invalid_argument, "not a number of two digits");
  return number;
}

}  // namespace

TimePoint parse_offset_time(const std::string& text) {
  const std::size_t at = text.size() < 6 ? std::string::npos : text.size() - 6;
  if (at == std::string::npos || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':') return parse_time(text);
  const std::chrono::minutes offset(two_digits(std::string_view(text).substr(at + 1, 2), 23) * 60 +
                                    two_digits(std::string_view(text).substr(at + 4, 2), 59));
  const TimePoint local = parse_time(text.substr(0, at) + "Z");
  return text[at] == '+' ? local - offset : local + offset;
}

}  // namespace holdfast
