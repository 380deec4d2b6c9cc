#include "handles.hpp"
#include "holdfast/retention_times.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

const RetentionDecision* decision(const holdfast_retention_plan* plan, size_t index) {
  return plan == nullptr || index >= plan->plan.decisions.size() ? nullptr : &plan->plan.decisions[index];
}

// Faults of stored objects first, then those of the restored data.
const Fault* fault(const holdfast_verify_report* report, size_t index) {
  if (report == nullptr) return nullptr;
  const auto& stored = report->report.faults;
  if (index < stored.size()) return &stored[index];
  const auto& restored = report->report.proof.faults;
  return index - stored.size() < restored.size() ? &restored[index - stored.size()] : nullptr;
}

const QueryResult* query(const holdfast_verify_report* report, size_t index) {
  return report == nullptr || index >= report->report.proof.queries.size() ? nullptr : &report->report.proof.queries[index];
}

const KeySlot* slot(const holdfast_key_list* list, size_t index) {
  return list == nullptr || index >= list->keys.size() ? nullptr : &list->keys[index];
}

}  // namespace

const char* holdfast_verify_report_backup(const holdfast_verify_report* report) {
  return report == nullptr ? nullptr : report->report.id.c_str();
}
int32_t holdfast_verify_report_ok(const holdfast_verify_report* report) { return report != nullptr && report->report.ok() ? 1 : 0; }
uint64_t holdfast_verify_report_objects(const holdfast_verify_report* report) { return report == nullptr ? 0 : report->report.objects; }
uint64_t holdfast_verify_report_bytes(const holdfast_verify_report* report) { return report == nullptr ? 0 : report->report.bytes; }

int32_t holdfast_verify_report_level(const holdfast_verify_report* report) {
  if (report == nullptr || !report->report.ok()) return HOLDFAST_LEVEL_STORED;
  switch (report->report.level) {
    case VerifyLevel::quick: return HOLDFAST_LEVEL_STORED;
    case VerifyLevel::full: return HOLDFAST_LEVEL_CHECKSUMMED;
    case VerifyLevel::restore: return static_cast<int32_t>(report->report.proof.level);
  }
  return HOLDFAST_LEVEL_STORED;
}

uint64_t holdfast_verify_report_tables(const holdfast_verify_report* report) {
  return report == nullptr ? 0 : report->report.proof.counts.of("tables");
}
uint64_t holdfast_verify_report_rows(const holdfast_verify_report* report) {
  return report == nullptr ? 0 : report->report.proof.counts.of("rows");
}
const char* holdfast_verify_report_where(const holdfast_verify_report* report) {
  return report == nullptr ? nullptr : report->report.proof.where.c_str();
}
size_t holdfast_verify_report_fault_count(const holdfast_verify_report* report) {
  return report == nullptr ? 0 : report->report.faults.size() + report->report.proof.faults.size();
}
const char* holdfast_verify_report_fault_object(const holdfast_verify_report* report, size_t index) {
  const Fault* found = fault(report, index);
  return found == nullptr ? nullptr : found->object.c_str();
}
const char* holdfast_verify_report_fault_text(const holdfast_verify_report* report, size_t index) {
  const Fault* found = fault(report, index);
  return found == nullptr ? nullptr : found->what.c_str();
}
size_t holdfast_verify_report_query_count(const holdfast_verify_report* report) {
  return report == nullptr ? 0 : report->report.proof.queries.size();
}
int32_t holdfast_verify_report_query_ok(const holdfast_verify_report* report, size_t index) {
  const QueryResult* found = query(report, index);
  return found != nullptr && found->ok ? 1 : 0;
}
const char* holdfast_verify_report_query_result(const holdfast_verify_report* report, size_t index) {
  const QueryResult* found = query(report, index);
  return found == nullptr ? nullptr : found->result.c_str();
}
void holdfast_verify_report_free(holdfast_verify_report* report) { delete report; }

size_t holdfast_verify_list_count(const holdfast_verify_list* list) { return list == nullptr ? 0 : list->reports.size(); }
const holdfast_verify_report* holdfast_verify_list_at(const holdfast_verify_list* list, size_t index) {
  return list == nullptr || index >= list->reports.size() ? nullptr : &list->reports[index];
}
void holdfast_verify_list_free(holdfast_verify_list* list) { delete list; }

holdfast_status holdfast_retention_plan_new(holdfast_retention_plan** out, holdfast_repository* repository, const holdfast_options* options,
                                            holdfast_error** err) {
  clear(out);
  return guard("retention", err, [&] {
    Out result(out);
    const auto core = required(repository, "repository").core;
    const OptionSet set = options_of(options);
    Operation operation(set);
    result.make(core->repository.plan(retention_policy(set), operation.context));
  });
}

holdfast_status holdfast_retention_plan_times(holdfast_retention_plan** out, const int64_t* times, size_t count, int64_t now,
                                              const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return guard("retention", err, [&] {
    Out result(out);
    if (count > 0) required(times, "times");
    std::vector<TimePoint> made;
    for (size_t at = 0; at < count; ++at) made.push_back(time_of(times[at]));
    result.make(plan_retention(std::span<const TimePoint>(made), retention_policy(options_of(options)), time_of(now)));
  });
}

size_t holdfast_retention_plan_count(const holdfast_retention_plan* plan) { return plan == nullptr ? 0 : plan->plan.decisions.size(); }
const holdfast_backup* holdfast_retention_plan_backup(const holdfast_retention_plan* plan, size_t index) {
  const RetentionDecision* found = decision(plan, index);
  return found == nullptr ? nullptr : as_handle(found->backup);
}
int32_t holdfast_retention_plan_keeps(const holdfast_retention_plan* plan, size_t index) {
  const RetentionDecision* found = decision(plan, index);
  return found != nullptr && found->action == RetentionAction::keep ? 1 : 0;
}
size_t holdfast_retention_plan_reason_count(const holdfast_retention_plan* plan, size_t index) {
  const RetentionDecision* found = decision(plan, index);
  return found == nullptr ? 0 : found->reasons.size();
}
const char* holdfast_retention_plan_reason(const holdfast_retention_plan* plan, size_t index, size_t reason) {
  return reason < holdfast_retention_plan_reason_count(plan, index) ? decision(plan, index)->reasons[reason].c_str() : nullptr;
}
uint64_t holdfast_retention_plan_removed(const holdfast_retention_plan* plan) { return plan == nullptr ? 0 : plan->plan.removed(); }
uint64_t holdfast_retention_plan_freed_bytes(const holdfast_retention_plan* plan) { return plan == nullptr ? 0 : plan->plan.freed_bytes(); }
void holdfast_retention_plan_free(holdfast_retention_plan* plan) { delete plan; }

size_t holdfast_key_list_count(const holdfast_key_list* list) { return list == nullptr ? 0 : list->keys.size(); }
const char* holdfast_key_list_id(const holdfast_key_list* list, size_t index) {
  const KeySlot* found = slot(list, index);
  return found == nullptr ? nullptr : found->id.c_str();
}
const char* holdfast_key_list_kind(const holdfast_key_list* list, size_t index) {
  const KeySlot* found = slot(list, index);
  return found == nullptr ? nullptr : found->kind.c_str();
}
const char* holdfast_key_list_damage(const holdfast_key_list* list, size_t index) {
  const KeySlot* found = slot(list, index);
  return found == nullptr ? nullptr : found->damage.c_str();
}
void holdfast_key_list_free(holdfast_key_list* list) { delete list; }
