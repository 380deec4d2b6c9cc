#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "support/layouts.hpp"

namespace holdfast::test {

/// What really happened to backups, against which a repository is judged.
class Oracle {
 public:
  enum class Outcome { running, committed, failed, died };
  struct Attempt {
    Contents contents;
    Outcome outcome = Outcome::running;
    std::uint64_t removals = 0;  ///< that had begun when it began
  };
  struct Backup {
    std::vector<Attempt> attempts;  ///< to commit under this id
    std::uint64_t removals = 0;     ///< that have begun
    bool committed = false;         ///< and nobody began to remove it
    bool removed = false;           ///< a removal succeeded, and nothing was committed since
  };

  /// A commit begins; the attempt's number.
  std::size_t begin(const BackupId& id, Contents contents);
  void end(const BackupId& id, std::size_t attempt, Outcome outcome);
  /// Whatever becomes of it: from now on the backup may be listed or not, also if its commit has not returned yet.
  void begin_removal(const BackupId& id);
  void removed(const BackupId& id);
  /// A removal was taken back.
  void restored(const BackupId& id);

  bool removal_began_since(const BackupId& id, std::size_t attempt) const;
  bool is_committed(const BackupId& id) const;
  /// Whether a listed backup with this id may hold this.
  bool may_hold(const BackupId& id, const Contents& contents) const;
  std::vector<BackupId> committed() const;
  std::vector<BackupId> removed() const;
  const std::map<BackupId, Backup>& backups() const { return backups_; }

 private:
  std::map<BackupId, Backup> backups_;
};

}  // namespace holdfast::test
