#include "base/json_writer.hpp"
#include "holdfast/error.hpp"
#include "holdfast/job_run.hpp"

namespace holdfast {

namespace {

template <class Texts>
void write_texts(JsonWriter& out, const char* name, const Texts& texts) {
  out.key(name);
  out.begin_array();
  for (const std::string& text : texts) out.value(text);
  out.end_array();
}

void write_step(JsonWriter& out, const JobStepReport& step) {
  out.begin_object();
  out.member("step", step.step);
  out.member("subject", step.subject);
  out.member("state", to_string(step.state));
  out.member("message", step.message);
  out.key("error");
  step.error ? out.value(to_string(*step.error)) : out.null();
  out.member("seconds", step.seconds);
  write_texts(out, "backups", step.backups);
  out.key("counts");
  out.begin_object();
  for (const auto& [name, count] : step.counts) out.member(name, count);
  out.end_object();
  out.end_object();
}

}  // namespace

std::string to_json(const JobReport& report) {
  JsonWriter out;
  out.begin_object();
  out.member("id", report.id);
  out.member("job", report.job);
  out.member("repository", report.repository);
  write_texts(out, "sources", report.sources);
  out.member("dry_run", report.dry_run);
  out.member("state", to_string(report.state));
  out.member("message", report.message);
  out.member("started", format_time_micros(report.started));
  out.member("ended", format_time_micros(report.ended));
  out.member("seconds", report.seconds);
  out.key("steps");
  out.begin_array();
  for (const JobStepReport& step : report.steps) write_step(out, step);
  out.end_array();
  out.end_object();
  std::string text = std::move(out).text();
  text.pop_back();
  return text + ",\"preflight\":" + to_json(report.preflight) + ",\"hooks\":" + to_json(HookReport{report.hooks}) + "}";
}

}  // namespace holdfast
