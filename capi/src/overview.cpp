#include "handles.hpp"
#include "holdfast/alert_notices.hpp"
#include "holdfast/metrics.hpp"
#include "holdfast/report.hpp"
#include "holdfast_observe.h"
#include "operation.hpp"

using namespace holdfast;
using namespace holdfast::capi;

struct holdfast_overview {
  Facts facts;
  Busy busy = {};
};

namespace {

template <class Make>
holdfast_status describe_overview(char** out, holdfast_overview* overview, holdfast_error** err, Make&& make) {
  return guard("overview", err, [&] {
    clear(out);
    char*& place = required(out, "out");  // checked before there is a text that would be lost
    const Busy::Hold hold(required(overview, "overview").busy, "the overview");
    place = copy_text(make(overview->facts));
  });
}

std::optional<TimePoint> time_if_known(int64_t microseconds) {
  return microseconds == 0 ? std::nullopt : std::optional(TimePoint(std::chrono::microseconds(microseconds)));
}

std::string json_of_records(const std::vector<OperationRecord>& records) {
  std::string text = "[";
  for (const OperationRecord& record : records) text += (text.size() == 1 ? "" : ",") + to_json(record);
  return text + "]";
}

}  // namespace

holdfast_status holdfast_overview_open(holdfast_overview** out, holdfast_repository* repository, int32_t measure,
                                       const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return guard("repository", err, [&] {
    required(out, "out");
    const auto core = required(repository, "repository").core;
    Operation operation(options);
    auto made = std::make_unique<holdfast_overview>();
    made->facts = gather_facts(core->repository, {.measure = measure != 0}, operation.context);
    *out = made.release();
  });
}

void holdfast_overview_free(holdfast_overview* overview) { delete overview; }

holdfast_status holdfast_overview_set_schedule(holdfast_overview* overview, const char* series, int64_t due, int64_t next_run,
                                               holdfast_error** err) {
  return guard("overview", err, [&] {
    const Busy::Hold hold(required(overview, "overview").busy, "the overview");
    overview->facts.schedules[required_text(series, "series")] = {.due = time_if_known(due), .next_run = time_if_known(next_run)};
  });
}

holdfast_status holdfast_overview_to_json(char** out, holdfast_overview* overview, holdfast_error** err) {
  return describe_overview(out, overview, err, [](const Facts& facts) { return to_json(status_of(facts)); });
}

holdfast_status holdfast_overview_to_page(char** out, holdfast_overview* overview, holdfast_error** err) {
  return describe_overview(out, overview, err, [](const Facts& facts) { return status_page(status_of(facts)); });
}

holdfast_status holdfast_overview_to_metrics(char** out, holdfast_overview* overview, holdfast_error** err) {
  return describe_overview(out, overview, err, [](const Facts& facts) { return metrics_text(status_of(facts)); });
}

holdfast_status holdfast_overview_to_notices(char** out, holdfast_overview* overview, const char* told, holdfast_error** err) {
  return describe_overview(out, overview, err, [&](const Facts& facts) {
    const std::vector<std::string> before = told == nullptr ? std::vector<std::string>() : parse_told_alerts(told);
    return to_json(alert_notices(find_alerts(facts), before, facts.now));
  });
}

holdfast_status holdfast_overview_history_to_json(char** out, holdfast_overview* overview, holdfast_error** err) {
  return describe_overview(out, overview, err, [](const Facts& facts) { return json_of_records(facts.history); });
}
