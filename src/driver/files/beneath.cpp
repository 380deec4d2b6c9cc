#include "driver/files/beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>

namespace holdfast::files {

namespace {

Fd open_at(int folder, const std::string& path, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  long fd = -1;
  do {
    // EAGAIN: something was renamed while the kernel resolved the path.
    fd = ::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how);
  } while (fd < 0 && (errno == EINTR || errno == EAGAIN));
  return Fd(static_cast<int>(fd));
}

// Old kernels lack the call, and sandboxes forbid it with EPERM. A path of one part is then safe with O_NOFOLLOW alone.
bool unknown_call(int error) { return error == ENOSYS || error == EPERM; }

Fd open_by_parts(int root, std::string_view path, int flags, mode_t mode) {
  Fd folder;
  for (;;) {
    const std::size_t slash = path.find('/');
    const std::string part(path.substr(0, slash));
    const bool last = slash == std::string_view::npos;
    const int how = last ? flags | O_NOFOLLOW : O_PATH | O_DIRECTORY | O_NOFOLLOW;
    Fd next(::openat(folder ? folder.get() : root, part.c_str(), how | O_CLOEXEC, mode));
    if (last || !next) return next;
    folder = std::move(next);
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

Fd open_beneath(int root, std::string_view path, int flags, mode_t mode) {
  if (path.empty()) return Fd(::openat(root, ".", flags | O_CLOEXEC));
  if (path.size() < PATH_MAX) {
    Fd fd = open_at(root, std::string(path), flags | O_NOFOLLOW, mode);
    if (fd || !unknown_call(errno)) return fd;
  }
  return open_by_parts(root, path, flags, mode);
}

SplitPath split_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {{}, path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

std::string join_path(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!path.empty() && !name.empty() && !path.ends_with('/')) path += '/';
  return path += name;
}

int FolderCache::open(std::string_view folder) {
  if (!fd_ || path_ != folder) {
    fd_ = open_beneath(root_, folder, O_RDONLY | O_DIRECTORY);
    path_ = folder;
  }
  return fd_.get();
}

}  // namespace holdfast::files
