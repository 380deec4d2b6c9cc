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

std::size_t Oracle::begin_copy(Contents contents) {
  copies_.push_back({std::move(contents), Outcome::running});
  return copies_.size() - 1;
}

void Oracle::end_copy(std::size_t number, Outcome outcome, const BackupId& id) {
  copies_[number].outcome = outcome;
  if (outcome != Outcome::committed) return;
  Backup& backup = backups_[id];
  // For a removal that began before this copy knew its own id, only its beginning counts.
  backup.attempts.push_back({copies_[number].contents, outcome, 0});
  backup.committed = backup.removals == 0;
}

bool Oracle::is_being_made(const Backup& backup) const {
  const auto running = [](const auto& one) { return one.outcome == Outcome::running; };
  // A running copy may have any id that nobody has committed.
  return std::ranges::any_of(backup.attempts, running) || (backup.attempts.empty() && std::ranges::any_of(copies_, running));
}

Oracle::Change::Change(Oracle& oracle, BackupId id, bool removes) : oracle_(oracle), id_(std::move(id)), removes_(removes) {
  Backup& backup = oracle_.backups_[id_];
  backup.committed = false;
  if (!removes_) backup.removed = false;
  alone_ = backup.restoring == 0 && (removes_ || backup.removing == 0);
  ++(removes_ ? backup.removing : backup.restoring);
  ++(removes_ ? backup.removals : backup.restores);
  removals_ = backup.removals;
  restores_ = backup.restores;
}

Oracle::Change::~Change() {
  Backup& backup = oracle_.backups_[id_];
  --(removes_ ? backup.removing : backup.restoring);
}

void Oracle::Change::done() {
  Backup& backup = oracle_.backups_[id_];
  if (!alone_ || backup.restores != restores_) return;
  if (removes_)
    backup.removed = true;
  else
    backup.committed = backup.removals == removals_ && !oracle_.is_being_made(backup);
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
  const auto may_be = [&](const auto& one) { return one.outcome != Outcome::failed && one.contents == contents; };
  const auto found = backups_.find(id);
  const bool known = found != backups_.end() && !found->second.attempts.empty();
  return known ? std::ranges::any_of(found->second.attempts, may_be) : std::ranges::any_of(copies_, may_be);
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
