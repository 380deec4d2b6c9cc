// Verification. Level quick uses the index and one listing; level full reads every byte of every pack that a backup
// needs.

#include <algorithm>

#include "base/parallel.hpp"
#include "holdfast/error.hpp"
#include "repository/findings.hpp"
#include "repository/format.hpp"
#include "repository/history.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/live_session.hpp"
#include "repository/packed/packed_layout.hpp"
#include "repository/packed/packed_proofs.hpp"
#include "repository/packed/removals.hpp"
#include "repository/packed/verify_pass.hpp"

namespace holdfast {

void PackedLayout::verify_backup(const BackupId& id, VerifyLevel level, VerifyReport& report, Context& context) const {
  require_listed(id, context);
  std::vector<VerifyReport> reports = verify_in_one_pass(*place_, *index_, chunks_, {id}, level, context);
  if (reports.empty()) throw Error(ErrorCode::not_found, "there is no backup " + id + " in " + place_->info().uri + " any more");
  VerifyReport& found = reports.front();
  report.objects += found.objects;
  report.bytes += found.bytes;
  std::move(found.faults.begin(), found.faults.end(), std::back_inserter(report.faults));
}

std::vector<VerifyReport> PackedLayout::verify_backups(VerifyLevel level, Context& context) const {
  std::vector<VerifyReport> reports = verify_in_one_pass(*place_, *index_, chunks_, listed_ids(context), level, context);
  std::reverse(reports.begin(), reports.end());
  return reports;
}

void PackedLayout::verify_common(VerifyLevel level, VerifyReport& report, Context& context) const {
  Findings findings(report);
  Storage& storage = place_->storage();
  findings.check(kFormat, [&] {
    const StoredFormat format = read_format(storage);
    if (format.info.id != place_->info().id || format.sha256 != place_->ring().format_sha256())
      throw Error(ErrorCode::corrupt, "is not the one it was");
  });
  check_slots(storage, place_->info(), findings);
  for (const std::string& ring : list_rings(storage, place_->info().id)) {
    findings.check(ring, [&] { check_ring(storage, ring, place_->master(), place_->info().id, place_->ring().format_sha256()); });
  }
  const std::vector<ObjectInfo> segments = list_objects(storage, kIndex);
  parallel_for(segments.size(), context.jobs(), [&](std::size_t number) {
    context.check();
    findings.check(segments[number].name, [&] {
      read_segment(*place_, segments[number].name);
      findings.count_bytes(segments[number].size);
    });
  });
  Doubts doubts(context);
  const auto check_each = [&](const std::vector<std::string>& objects, const auto& check) {
    parallel_for(objects.size(), context.jobs(), [&](std::size_t number) {
      context.check();
      findings.check(objects[number], [&] { check(objects[number]); });
    });
  };
  check_each(Removals(*place_, doubts).objects(), [this](const std::string& object) { check_removal(*place_, object); });
  check_each(mark_objects(*place_), [this](const std::string& object) { check_mark(*place_, object); });
  check_each(session_objects(*place_), [this](const std::string& object) { check_session_record(*place_, object); });
  if (level != VerifyLevel::quick) {
    for (const ObjectInfo& proof : list_objects(storage, kProofs)) {
      findings.check(proof.name, [&] { read_packed_proof(*place_, proof.name); });
    }
    check_history(*this, findings, context);
  }
  findings.finish();
}

}  // namespace holdfast
