#include "job.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

const ReplicaStatus* copy(const holdfast_replica_report* report, size_t index) {
  return report == nullptr || index >= report->report.copies.size() ? nullptr : &report->report.copies[index];
}

}  // namespace

holdfast_status holdfast_storage_replicas(holdfast_replica_report** out, holdfast_storage* replicated, holdfast_error** err) {
  clear(out);
  return guard("storage", err, [&] {
    Out result(out);
    ReplicaRepairReport report;
    report.copies = storage_as<ReplicatedStorage>(replicated, "replicated")->status();
    result.make(std::move(report));
  });
}

size_t holdfast_replica_report_count(const holdfast_replica_report* report) { return report == nullptr ? 0 : report->report.copies.size(); }
int32_t holdfast_replica_report_state(const holdfast_replica_report* report, size_t index) {
  const ReplicaStatus* found = copy(report, index);
  return found == nullptr ? -1 : static_cast<int32_t>(found->state);
}
const char* holdfast_replica_report_id(const holdfast_replica_report* report, size_t index) {
  const ReplicaStatus* found = copy(report, index);
  return found == nullptr ? nullptr : found->id.c_str();
}
const char* holdfast_replica_report_uri(const holdfast_replica_report* report, size_t index) {
  const ReplicaStatus* found = copy(report, index);
  return found == nullptr ? nullptr : found->uri.c_str();
}
const char* holdfast_replica_report_why(const holdfast_replica_report* report, size_t index) {
  const ReplicaStatus* found = copy(report, index);
  return found == nullptr ? nullptr : found->why.c_str();
}

uint64_t holdfast_replica_report_copied_objects(const holdfast_replica_report* report) {
  return report == nullptr ? 0 : report->report.copied_objects;
}
uint64_t holdfast_replica_report_copied_bytes(const holdfast_replica_report* report) {
  return report == nullptr ? 0 : report->report.copied_bytes;
}
uint64_t holdfast_replica_report_removed_objects(const holdfast_replica_report* report) {
  return report == nullptr ? 0 : report->report.removed_objects;
}
uint64_t holdfast_replica_report_replaced_objects(const holdfast_replica_report* report) {
  return report == nullptr ? 0 : report->report.replaced_objects;
}
size_t holdfast_replica_report_problem_count(const holdfast_replica_report* report) {
  return report == nullptr ? 0 : report->report.problems.size();
}
const char* holdfast_replica_report_problem(const holdfast_replica_report* report, size_t index) {
  return index < holdfast_replica_report_problem_count(report) ? report->report.problems[index].c_str() : nullptr;
}
void holdfast_replica_report_free(holdfast_replica_report* report) { delete report; }
