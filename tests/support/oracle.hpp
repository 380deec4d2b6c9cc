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
    std::vector<Attempt> attempts;              ///< to commit under this id
    std::uint64_t removals = 0;                 ///< that have begun
    std::uint64_t restores = 0;                 ///< that have begun: the taking back of a removal
    std::uint64_t removing = 0, restoring = 0;  ///< that have begun and not ended
    bool committed = false;                     ///< and nobody began to remove it
    bool removed = false;                       ///< a removal succeeded, and nothing was committed since
  };

  /// A commit begins; the attempt's number.
  std::size_t begin(const BackupId& id, Contents contents);
  void end(const BackupId& id, std::size_t attempt, Outcome outcome);
  /// A copy begins, whose id its process knows only when it is made; the copy's number.
  std::size_t begin_copy(Contents contents);
  /// `id` is for a copy that is made.
  void end_copy(std::size_t number, Outcome outcome, const BackupId& id = {});

  /// A removal, or the taking back of one, from its beginning to its end.
  class Change {
   public:
    Change(Oracle& oracle, BackupId id, bool removes);
    ~Change();
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;
    /// It was reported as done. That says something only if nobody did the opposite meanwhile.
    void done();

   private:
    Oracle& oracle_;
    const BackupId id_;
    const bool removes_;
    bool alone_ = false;
    std::uint64_t removals_ = 0, restores_ = 0;
  };
  /// Whatever becomes of it: from now on the backup may be listed or not, also if its commit has not returned yet.
  Change begin_removal(const BackupId& id) { return {*this, id, true}; }
  Change begin_restore(const BackupId& id) { return {*this, id, false}; }

  bool removal_began_since(const BackupId& id, std::size_t attempt) const;
  bool is_committed(const BackupId& id) const;
  /// Whether a listed backup with this id may hold this.
  bool may_hold(const BackupId& id, const Contents& contents) const;
  std::uint64_t removals(const BackupId& id) const { return backups_.at(id).removals; }
  std::vector<BackupId> committed() const;
  std::vector<BackupId> removed() const;
  const std::map<BackupId, Backup>& backups() const { return backups_; }

 private:
  struct Copy {
    Contents contents;
    Outcome outcome = Outcome::running;
  };
  bool is_being_made(const Backup& backup) const;

  std::map<BackupId, Backup> backups_;
  std::vector<Copy> copies_;
};

}  // namespace holdfast::test
