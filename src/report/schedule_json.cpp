#include "base/json_writer.hpp"
#include "holdfast/report.hpp"

namespace holdfast {

namespace {

void write(JsonWriter& out, const ScheduleConflict& conflict) {
  const bool collision = conflict.kind == ScheduleConflict::Kind::collision;
  out.begin_object();
  out.member("kind", collision ? "collision" : "longer_than_interval");
  out.member("first", conflict.first);
  out.key("second");
  collision ? out.value(conflict.second) : out.null();
  out.member("at", format_time_micros(conflict.at));
  out.member("times", conflict.times);
  out.member("longest_seconds", static_cast<std::int64_t>(conflict.longest.count()));
  out.key("shift_seconds");
  conflict.shift ? out.value(static_cast<std::int64_t>(conflict.shift->count())) : out.null();
  out.member("text", conflict.text());
  out.end_object();
}

}  // namespace

std::string to_json(const ScheduleConflict& conflict) {
  JsonWriter out;
  write(out, conflict);
  return std::move(out).text();
}

std::string to_json(const std::vector<ScheduleConflict>& conflicts) {
  JsonWriter out;
  out.begin_array();
  for (const ScheduleConflict& conflict : conflicts) write(out, conflict);
  out.end_array();
  return std::move(out).text();
}

}  // namespace holdfast
