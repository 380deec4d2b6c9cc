#include "schedule/zoned_cron.hpp"

#include <algorithm>

namespace holdfast {

using namespace std::chrono;

namespace {
// Until then, a zone knows each change of its clock.
constexpr local_seconds kEndOfCalendar = local_days(year(2400) / 1 / 1);
}  // namespace

// Between two changes, the clock runs evenly, so one search on the calendar is enough for that stretch.
std::optional<sys_seconds> next_in_zone(const Cron& cron, const Zone& zone, sys_seconds after) {
  local_seconds from = zone.local(after) + seconds(1);
  if (const auto last = zone.last_change(after); last && !cron.every_hour()) from = std::max(from, last->from);  // it may be repeated time
  for (sys_seconds begin = after;;) {
    const auto change = zone.next_change(begin);
    if (const auto found = cron.next(from, change ? change->from : kEndOfCalendar))
      return sys_seconds(found->time_since_epoch() - zone.offset(begin));
    if (!change) return std::nullopt;
    const bool gap = change->to > change->from;
    if (gap && !cron.every_hour() && cron.next(change->from, change->to)) return change->at;
    begin = change->at;
    from = cron.every_hour() ? change->to : std::max(change->from, change->to);
  }
}

}  // namespace holdfast
