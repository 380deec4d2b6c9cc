#pragma once

#include "storage/file_calls.hpp"
#include "storage/folder_modes.hpp"

namespace holdfast {

/// Owner, group and modes of the files and directories that a local storage creates: those of its root folder. Who may
/// use the folder may then use everything in it, whoever made it.
class LocalAccess {
 public:
  LocalAccess() = default;
  explicit LocalAccess(const struct stat& root);

  /// False if what this process creates has the right owner, group and mode at once.
  bool changes() const noexcept { return modes_.shared || foreign_; }
  mode_t file_mode() const noexcept { return modes_.file; }
  mode_t directory_mode() const noexcept { return modes_.directory; }
  /// Gives a new file or directory its owner, group and `mode`, while nobody else can reach it. Returns 0, or the errno
  /// of the failure to give it to the folder's owner: then nobody but root could use it.
  int give(const FileCalls& calls, int fd, mode_t mode) const;

 private:
  FolderModes modes_;
  uid_t owner_ = 0;
  gid_t group_ = 0;
  bool foreign_ = false;  ///< we are root, and the folder belongs to somebody else
};

}  // namespace holdfast
