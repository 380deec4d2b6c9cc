#include "holdfast_report.h"
#include "job.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

// Returns the result of a job that has ended: its own error, in every call.
holdfast_status outcome(const Job& job, holdfast_status status, holdfast_error** err) {
  const holdfast_error* failure = job.failure();
  if (status != HOLDFAST_OK || failure == nullptr) return status;
  const holdfast_status code = failure->status;
  if (err != nullptr && code != HOLDFAST_E_OUT_OF_MEMORY) *err = new holdfast_error(*failure);
  if (code == HOLDFAST_E_OUT_OF_MEMORY) throw std::bad_alloc();
  return code;
}

const Job& done(const holdfast_job* job) { return *required(job, "job").job; }

}  // namespace

holdfast_status holdfast_job_step(holdfast_job* job, int64_t budget_ms, holdfast_error** err) {
  return guard("job", err, [&] {
    const auto kept = required(job, "job").job;
    const Busy::Hold hold(kept->stepping, "job");
    return outcome(*kept, kept->step(std::max<int64_t>(budget_ms, 0)), err);
  });
}

holdfast_status holdfast_job_run(holdfast_job* job, holdfast_error** err) {
  return guard("job", err, [&] {
    const auto kept = required(job, "job").job;
    const Busy::Hold hold(kept->stepping, "job");
    while (kept->step(1000) == HOLDFAST_RUNNING) {
    }
    return outcome(*kept, HOLDFAST_OK, err);
  });
}

holdfast_status holdfast_job_wait(holdfast_job* job, int64_t timeout_ms, holdfast_error** err) {
  return guard("job", err, [&] {
    const auto kept = required(job, "job").job;
    return outcome(*kept, kept->wait(timeout_ms), err);
  });
}

holdfast_status holdfast_job_cancel(holdfast_job* job, holdfast_error** err) {
  return guard("job", err, [&] { required(job, "job").job->cancel(); });
}

holdfast_status holdfast_job_progress(const holdfast_job* job, holdfast_progress* out, holdfast_error** err) {
  return guard("job", err, [&] { fill(out, "out", done(job).progress()); });
}

void holdfast_job_free(holdfast_job* job) {
  if (job == nullptr) return;
  job->job->end();
  delete job;
}

holdfast_status holdfast_job_backup(holdfast_backup** out, const holdfast_job* job, holdfast_error** err) {
  clear(out);
  return guard("job", err, [&] {
    required(out, "out");
    make_backup(out, done(job).result<BackupInfo>());
  });
}

holdfast_status holdfast_job_verify_report(holdfast_verify_report** out, const holdfast_job* job, holdfast_error** err) {
  clear(out);
  return guard("job", err, [&] {
    Out result(out);
    result.make(done(job).result<VerifyReport>());
  });
}

holdfast_status holdfast_job_verify_list(holdfast_verify_list** out, const holdfast_job* job, holdfast_error** err) {
  clear(out);
  return guard("job", err, [&] {
    Out result(out);
    std::vector<holdfast_verify_report> reports;
    for (const VerifyReport& report : done(job).result<std::vector<VerifyReport>>()) reports.push_back({report});
    result.make(std::move(reports));
  });
}

holdfast_status holdfast_job_retention_plan(holdfast_retention_plan** out, const holdfast_job* job, holdfast_error** err) {
  clear(out);
  return guard("job", err, [&] {
    Out result(out);
    result.make(done(job).result<RetentionPlan>());
  });
}

holdfast_status holdfast_job_replica_report(holdfast_replica_report** out, const holdfast_job* job, holdfast_error** err) {
  clear(out);
  return guard("job", err, [&] {
    Out result(out);
    result.make(done(job).result<ReplicaRepairReport>());
  });
}

holdfast_status holdfast_job_tier_report(const holdfast_job* job, holdfast_tier_report* out, holdfast_error** err) {
  return guard("job", err, [&] {
    const TierReport& report = done(job).result<TierReport>();
    fill(out, "out", holdfast_tier_report{0, 0, report.moved_objects, report.moved_bytes});
  });
}

holdfast_status holdfast_job_restore_report(const holdfast_job* job, holdfast_restore_report* out, holdfast_error** err) {
  return guard("job", err, [&] {
    const RestoreReport& report = done(job).result<RestoreReport>();
    fill(out, "out",
         holdfast_restore_report{0, 0, report.entries, report.bytes, report.counts.of("tables"), report.counts.of("rows"),
                                 report.where.c_str()});
  });
}

size_t holdfast_job_left_out_count(const holdfast_job* job) {
  const RestoreReport* report = job == nullptr ? nullptr : job->job->result_if<RestoreReport>();
  return report == nullptr ? 0 : report->left_out.size();
}

holdfast_status holdfast_job_left_out(const holdfast_job* job, size_t index, holdfast_left_out* out, holdfast_error** err) {
  return guard("job", err, [&] {
    const std::vector<LeftOut>& items = done(job).result<RestoreReport>().left_out;
    if (index >= items.size()) throw Error(ErrorCode::not_found, "the restore left out " + std::to_string(items.size()) + " objects");
    const LeftOut& item = items[index];
    fill(out, "out", holdfast_left_out{0, 0, item.object.c_str(), item.statement.c_str(), item.reason.c_str(), item.instead.c_str()});
  });
}

holdfast_status holdfast_job_garbage_report(const holdfast_job* job, holdfast_garbage_report* out, holdfast_error** err) {
  return guard("job", err, [&] {
    const GarbageReport& report = done(job).result<GarbageReport>();
    fill(out, "out",
         holdfast_garbage_report{0, 0, report.backups, report.marked_packs, report.marked_bytes, report.removed_packs, report.removed_bytes,
                                 report.leftovers, report.waiting, report.copied_chunks});
  });
}

holdfast_status holdfast_job_repair_report(const holdfast_job* job, holdfast_repair_report* out, holdfast_error** err) {
  return guard("job", err, [&] {
    const RepairReport& report = done(job).result<RepairReport>();
    fill(out, "out", holdfast_repair_report{0, 0, report.indexed_packs, report.removed_segments, report.unreadable_packs});
  });
}
