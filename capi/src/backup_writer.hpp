#pragma once

#include <mutex>
#include <vector>

#include "handles.hpp"

namespace holdfast::capi {

/// A backup that is being filled: the host's own, or one lent to a host's source while it is read.
class BackupWriterCore : public std::enable_shared_from_this<BackupWriterCore> {
 public:
  /// The host's own.
  BackupWriterCore(std::shared_ptr<RepositoryCore> repository, const OptionSet& options);
  /// A lent one. Source 0 is its only source.
  explicit BackupWriterCore(BackupWriter& lent) : sources_{&lent} {}

  std::size_t add_source(std::string uri, std::string name);
  /// Returns the writer of a source. Valid as long as the backup is open.
  BackupWriter& source(std::size_t index);
  std::shared_ptr<WriterCore> open(std::size_t source, EntryInfo info);
  BackupInfo commit();
  /// Ends a lent backup: handles that the host kept no longer reach it.
  void take_back() noexcept;

 private:
  void require_open() const;

  std::mutex mutex_;  // guards the members below, not what they point to
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
