// Looking for damage. Level quick asks the index and one listing; level full reads every byte of every pack that a backup needs.

#include <algorithm>

#include "base/parallel.hpp"
#include "holdfast/error.hpp"
#include "repository/findings.hpp"
#include "repository/format.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/live_session.hpp"
#include "repository/packed/packed_layout.hpp"
#include "repository/packed/packed_proofs.hpp"
#include "repository/packed/verify_pass.hpp"

namespace holdfast {

namespace {

[[noreturn]] void damaged(const std::string& why) { throw Error(ErrorCode::corrupt, why); }

}  // namespace

void PackedLayout::verify_backup(const BackupId& id, VerifyLevel level, VerifyReport& report, Context& context) const {
  require_listed(id);
  std::vector<VerifyReport> reports = verify_in_one_pass(*place_, *index_, chunks_, {id}, level, context);
  if (reports.empty()) throw Error(ErrorCode::not_found, "there is no backup " + id + " in " + place_->info().uri + " any more");
  VerifyReport& found = reports.front();
  report.objects += found.objects;
  report.bytes += found.bytes;
  std::move(found.faults.begin(), found.faults.end(), std::back_inserter(report.faults));
}

std::vector<VerifyReport> PackedLayout::verify_backups(VerifyLevel level, Context& context) const {
  std::vector<VerifyReport> reports = verify_in_one_pass(*place_, *index_, chunks_, listed_ids(), level, context);
  std::reverse(reports.begin(), reports.end());
  return reports;
}

void PackedLayout::verify_common(VerifyLevel level, VerifyReport& report, Context& context) const {
  Findings findings(report);
  Storage& storage = place_->storage();
  findings.check(kFormat, [&] {
    const StoredFormat format = read_format(storage);
    if (format.info.id != place_->info().id || format.sha256 != place_->ring().format_sha256()) damaged("is not the one it was");
  });
  check_slots(storage, place_->info(), findings);
  const std::vector<ObjectInfo> rings = list_objects(storage, kRingPrefix);
  findings.check(rings.empty() ? std::string(kRingPrefix) : rings.back().name,
                 [&] { read_ring(storage, place_->master(), place_->info().id, place_->ring().format_sha256()); });
  const std::vector<ObjectInfo> segments = list_objects(storage, kIndex);
  parallel_for(segments.size(), context.jobs(), [&](std::size_t number) {
    context.check();
    findings.check(segments[number].name, [&] {
      read_segment(*place_, segments[number].name);
      findings.count_bytes(segments[number].size);
    });
  });
  for (const BackupId& id : removed_backups(*place_)) {
    findings.check(removal_object(id), [&] { read_removal(*place_, id); });
  }
  for (const BackupId& id : collected_backups(*place_)) {
    findings.check(final_object(id), [&] { check_final(*place_, id); });
  }
  findings.check("gc/", [&] { read_marks(*place_); });
  findings.check("sessions/", [&] { check_session_records(*place_); });
  if (level != VerifyLevel::quick) {
    for (const ObjectInfo& proof : list_objects(storage, kProofs)) {
      findings.check(proof.name, [&] { read_packed_proof(*place_, proof.name); });
    }
  }
  findings.finish();
}

}  // namespace holdfast
