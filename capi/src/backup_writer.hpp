#pragma once

#include <mutex>
#include <vector>

#include "handles.hpp"

namespace holdfast::capi {

/// A backup that is being filled: the host's own, or one that is lent to a host's source while it is read.
class BackupWriterCore : public std::enable_shared_from_this<BackupWriterCore> {
 public:
  /// Of the host's own.
  BackupWriterCore(std::shared_ptr<RepositoryCore> repository, const OptionSet& options);
  /// Lent; source 0 is the one there is.
  explicit BackupWriterCore(BackupWriter& lent) : sources_{&lent} {}

  std::size_t add_source(std::string uri, std::string name);
  /// The writer of a source, as long as the backup is open.
  BackupWriter& source(std::size_t index);
  std::shared_ptr<WriterCore> open(std::size_t source, EntryInfo info);
  BackupInfo commit();
  /// Ends what was lent: nothing that the host kept can reach it any more.
  void take_back() noexcept;

 private:
  void require_open() const;

  std::mutex mutex_;  // what is below, not what it points to
  std::shared_ptr<RepositoryCore> repository_;
  std::unique_ptr<Operation> operation_;
  std::unique_ptr<BackupSession> session_;  // null: lent
  std::vector<BackupWriter*> sources_;
  std::vector<std::weak_ptr<WriterCore>> lent_entries_;
  bool over_ = false;
};

}  // namespace holdfast::capi

struct holdfast_backup_writer {
  std::shared_ptr<holdfast::capi::BackupWriterCore> core;
  holdfast::capi::Busy committing;
};
