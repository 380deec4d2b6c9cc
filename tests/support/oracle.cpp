#include "support/oracle.hpp"

#include <algorithm>

namespace holdfast::test {

std::size_t Oracle::begin(const BackupId& id, Contents contents) {
  Backup& backup = backups_[id];
  backup.attempts.push_back({std::move(contents), Outcome::running, backup.removals});
  return backup.attempts.size() - 1;
}

void Oracle::end(const BackupId& id, std::size_t attempt, Outcome outcome) {
  Backup& backup = backups_.at(id);
  backup.attempts[attempt].outcome = outcome;
  if (outcome != Outcome::committed || removal_began_since(id, attempt)) return;
  backup.committed = true;
  backup.removed = false;
}

void Oracle::begin_removal(const BackupId& id) {
  backups_[id].committed = false;
  ++backups_[id].removals;
}
void Oracle::removed(const BackupId& id) { backups_[id].removed = true; }
void Oracle::restored(const BackupId& id) {
  backups_[id].committed = true;
  backups_[id].removed = false;
}

bool Oracle::removal_began_since(const BackupId& id, std::size_t attempt) const {
  const Backup& backup = backups_.at(id);
  return backup.removals != backup.attempts[attempt].removals;
}

bool Oracle::is_committed(const BackupId& id) const {
  const auto found = backups_.find(id);
  return found != backups_.end() && found->second.committed;
}

bool Oracle::may_hold(const BackupId& id, const Contents& contents) const {
  const auto found = backups_.find(id);
  return found != backups_.end() && std::ranges::any_of(found->second.attempts, [&](const Attempt& attempt) {
           return attempt.outcome != Outcome::failed && attempt.contents == contents;
         });
}

std::vector<BackupId> Oracle::committed() const {
  std::vector<BackupId> ids;
  for (const auto& [id, backup] : backups_) {
    if (backup.committed) ids.push_back(id);
  }
  return ids;
}

std::vector<BackupId> Oracle::removed() const {
  std::vector<BackupId> ids;
  for (const auto& [id, backup] : backups_) {
    if (backup.removed) ids.push_back(id);
  }
  return ids;
}

}  // namespace holdfast::test
