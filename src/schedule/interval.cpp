#include "schedule/interval.hpp"

#include <string>

#include "holdfast/clock.hpp"
#include "holdfast/duration.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

using namespace std::chrono;

std::optional<Interval> Interval::parse(std::string_view text) {
  constexpr std::string_view kEvery = "every ", kFrom = " from ";
  if (!text.starts_with(kEvery)) return std::nullopt;
  text.remove_prefix(kEvery.size());
  const std::size_t from = text.find(kFrom);
  Interval interval{parse_duration(text.substr(0, from)), sys_seconds()};
  if (interval.length == seconds(0)) throw Error(ErrorCode::invalid_argument, "the interval is 0; write one from 1s on, as in: every 6h");
  if (from != std::string_view::npos) interval.first = floor<seconds>(parse_time(std::string(text.substr(from + kFrom.size()))));
  return interval;
}

sys_seconds Interval::next(sys_seconds after) const {
  if (after < first) return first;
  return first + ((after - first) / length + 1) * length;
}

}  // namespace holdfast
