#include "storage/local_access.hpp"

#include <unistd.h>

#include <cerrno>

namespace holdfast {

LocalAccess::LocalAccess(const struct stat& root)
    : modes_(modes_below(root.st_mode)), owner_(root.st_uid), group_(root.st_gid), foreign_(::geteuid() == 0 && root.st_uid != 0) {}

int LocalAccess::give(const FileCalls& calls, int fd, mode_t mode) const {
  struct stat now {};
  if (::fstat(fd, &now) != 0) return errno;
  const bool other_owner = foreign_ && now.st_uid != owner_;
  if (other_owner || now.st_gid != group_) {
    if (calls.chown(fd, other_owner ? owner_ : static_cast<uid_t>(-1), group_) != 0) {
      if (other_owner) return errno;
      mode &= ~static_cast<mode_t>(S_IRWXG | S_ISGID);  // another group than the folder's gets nothing
    }
  }
  // Despite the umask. A file system that keeps no modes has those of its mount.
  if ((now.st_mode & ALLPERMS) != mode) calls.chmod(fd, mode);
  return 0;
}

}  // namespace holdfast
