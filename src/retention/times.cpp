#include "holdfast/error.hpp"
#include "holdfast/retention_times.hpp"

namespace holdfast {

RetentionPlan plan_retention(std::span<const TimePoint> times, const RetentionPolicy& policy, TimePoint now) {
  if (!policy.keep_tags.empty() || policy.minimum_level != ProofLevel::stored)
    throw Error(ErrorCode::unsupported, "plain times have neither tags nor proofs: leave out the rules that ask for them");
  std::vector<BackupInfo> backups(times.size());
  for (std::size_t at = 0; at < times.size(); ++at) {
    backups[at].id = std::to_string(at);
    backups[at].time = times[at];
  }
  return plan_retention(std::span<const BackupInfo>(backups), policy, now);
}

}  // namespace holdfast
