#pragma once

#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/repository.hpp"
#include "repository/draft.hpp"

namespace holdfast {

/// The order of durable effects that completes a backup: the same in both layouts, which implement the steps.
/// docs/format.md (B4 to B8) and docs/format-packed.md (W4 to W9) say why each step is safe.
class CommitSession : public BackupSession {
 public:
  CommitSession(const CommitSession&) = delete;
  CommitSession& operator=(const CommitSession&) = delete;

  const BackupId& id() const final { return draft_.id(); }
  BackupInfo commit() final;

 protected:
  CommitSession(BackupDraft& draft, Storage& storage, Context& context) : draft_(draft), storage_(storage), context_(context) {}
  /// Discards the backup, unless it is complete or discarded already. The destructor of each layout's session calls it.
  void abort() noexcept;

  /// The state of the backup's record when a session is discarded.
  enum class RecordState {
    absent,
    possible,  ///< a put failed, or the check after it
    foreign    ///< another writer's backup has this id
  };
  /// Objects that must last as long as the backup.
  struct NeededObjects {
    std::vector<std::string> required;
    std::vector<std::string> replaceable;  ///< one that is gone has a successor that was locked when it was put
  };
  struct SealedRecord {
    std::string object;
    Bytes bytes;
  };

  /// Leaves a sign of life for collectors, if one is due.
  virtual void beat() = 0;
  /// B4; W4, W5: makes everything durable that the record will name.
  virtual void put_contents(Manifest manifest) = 0;
  /// Called only for a storage that locks objects.
  virtual NeededObjects needed_objects() = 0;
  virtual SealedRecord seal_record() = 0;
  /// B5; W6: throws Error{conflict} if a collector considers this writer dead, or an object that the backup needs is
  /// gone.
  virtual void check_before_record() = 0;
  /// B7; W8: throws Error{conflict} if a collector considers this writer dead.
  virtual void require_alive() = 0;
  /// The backup is complete: tidies up for later ones. A failure is logged, never thrown.
  virtual void tidy() {}
  /// B8; W9: removes the session's own records.
  virtual void end() = 0;
  /// Removes as much of a discarded backup as it can, the record first. A collector finds the rest.
  virtual void discard(RecordState record) = 0;
  virtual BackupInfo summary() const = 0;

  Context& context() const noexcept { return context_; }
  [[noreturn]] static void throw_disappeared(const std::string& object);

 private:
  void lock_contents();
  void put_record();

  BackupDraft& draft_;
  Storage& storage_;
  Context& context_;
  RecordState record_ = RecordState::absent;
  bool ended_ = false;
};

}  // namespace holdfast
