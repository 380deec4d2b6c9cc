#include "give_text.hpp"
#include "holdfast/report.hpp"
#include "holdfast_mask.h"
#include "holdfast_report.h"
#include "job.hpp"
#include "options.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

template <class Item>
std::string array_of(const std::vector<Item>& items) {
  std::string text = "[";
  for (const Item& item : items) text += (text.size() == 1 ? "" : ",") + to_json(item);
  return text + "]";
}

}  // namespace

uint64_t holdfast_verify_report_count(const holdfast_verify_report* report, const char* name) {
  return report == nullptr || name == nullptr ? 0 : report->report.proof.counts.of(name);
}

const char* holdfast_verify_report_count_name(const holdfast_verify_report* report, size_t index) {
  return report == nullptr || index >= report->report.proof.counts.size() ? nullptr : report->report.proof.counts.at(index).first.c_str();
}

holdfast_status holdfast_backup_to_json(char** out, const holdfast_backup* backup, holdfast_error** err) {
  return give_text(out, "backup", err, [&] { return to_json(reinterpret_cast<const BackupInfo&>(required(backup, "backup"))); });
}

holdfast_status holdfast_backup_list_to_json(char** out, const holdfast_backup_list* list, holdfast_error** err) {
  return give_text(out, "backup", err, [&] { return to_json(required(list, "list").backups); });
}

holdfast_status holdfast_manifest_to_json(char** out, const holdfast_manifest* manifest, holdfast_error** err) {
  return give_text(out, "manifest", err, [&] { return to_json(*required(manifest, "manifest").manifest); });
}

holdfast_status holdfast_diff_to_json(char** out, const holdfast_diff* diff, holdfast_error** err) {
  return give_text(out, "diff", err, [&] { return to_json(required(diff, "diff").diff); });
}

holdfast_status holdfast_mask_check_to_json(char** out, const holdfast_mask_check* check, holdfast_error** err) {
  return give_text(out, "mask", err, [&] { return to_json(required(check, "check").check); });
}

holdfast_status holdfast_verify_report_to_json(char** out, const holdfast_verify_report* report, holdfast_error** err) {
  return give_text(out, "verify", err, [&] { return to_json(required(report, "report").report); });
}

holdfast_status holdfast_verify_list_to_json(char** out, const holdfast_verify_list* list, holdfast_error** err) {
  return give_text(out, "verify", err, [&] {
    std::vector<VerifyReport> reports;
    for (const holdfast_verify_report& each : required(list, "list").reports) reports.push_back(each.report);
    return to_json(reports);
  });
}

holdfast_status holdfast_retention_plan_to_json(char** out, const holdfast_retention_plan* plan, holdfast_error** err) {
  return give_text(out, "retention", err, [&] { return to_json(required(plan, "plan").plan); });
}

holdfast_status holdfast_repository_to_json(char** out, const holdfast_repository* repository, holdfast_error** err) {
  return give_text(out, "repository", err, [&] { return to_json(required(repository, "repository").core->info); });
}

holdfast_status holdfast_key_list_to_json(char** out, const holdfast_key_list* list, holdfast_error** err) {
  return give_text(out, "key", err, [&] { return array_of(required(list, "list").keys); });
}

holdfast_status holdfast_finding_list_to_json(char** out, const holdfast_finding_list* list, holdfast_error** err) {
  return give_text(out, "doctor", err, [&] { return array_of(required(list, "list").findings); });
}

holdfast_status holdfast_job_result_to_json(char** out, const holdfast_job* job, holdfast_error** err) {
  return give_text(out, "job", err, [&] {
    return required(job, "job").job->visit_result([](const auto& result) -> std::string {
      if constexpr (std::is_same_v<std::decay_t<decltype(result)>, std::monostate>) {
        refuse_state("this kind of job has no result");
      } else {
        return to_json(result);
      }
    });
  });
}

holdfast_status holdfast_drivers_to_json(char** out, const holdfast_options* options, holdfast_error** err) {
  return give_text(out, "driver", err, [&] { return to_json(drivers_of(options_of(options))); });
}
