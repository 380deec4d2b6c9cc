#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "support/layouts.hpp"

namespace holdfast::test {

/// The real history of backups, for judging a repository.
class Oracle {
 public:
  enum class Outcome { running, committed, failed, died };
  struct Attempt {
    Contents contents;
    Outcome outcome = Outcome::running;
    std::uint64_t removals = 0;  ///< that had begun when the attempt began
  };
  struct Backup {
    std::vector<Attempt> attempts;              ///< to commit under this id
    std::uint64_t removals = 0;                 ///< begun so far
    std::uint64_t restores = 0;                 ///< undone removals, begun so far
    std::uint64_t removing = 0, restoring = 0;  ///< begun and not ended
    bool committed = false;                     ///< and no removal of it has begun
    bool removed = false;                       ///< a removal succeeded, and nothing was committed since
  };

  /// Begins a commit. Returns the attempt's number.
  std::size_t begin(const BackupId& id, Contents contents);
  void end(const BackupId& id, std::size_t attempt, Outcome outcome);
  /// Begins a copy, whose id its process learns only when it is made. Returns the copy's number.
  std::size_t begin_copy(Contents contents);
  /// `id` is for a finished copy.
  void end_copy(std::size_t number, Outcome outcome, const BackupId& id = {});

  /// A removal, or its undoing, from its beginning to its end.
  class Change {
   public:
    Change(Oracle& oracle, BackupId id, bool removes);
    ~Change();
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;
    /// Notes that it was reported as done. This has a meaning only if nobody did the opposite meanwhile.
    void done();

   private:
    Oracle& oracle_;
    const BackupId id_;
    const bool removes_;
    bool alone_ = false;
    std::uint64_t removals_ = 0, restores_ = 0;
  };
  /// Begins a removal. From now on the backup may be listed or not, even if its commit has not returned yet.
  Change begin_removal(const BackupId& id) { return {*this, id, true}; }
  Change begin_restore(const BackupId& id) { return {*this, id, false}; }

  bool removal_began_since(const BackupId& id, std::size_t attempt) const;
  bool is_committed(const BackupId& id) const;
  /// Returns whether a listed backup with this id may have this content.
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
