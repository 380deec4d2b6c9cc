#include "base/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "base/system_error.hpp"

namespace holdfast {

namespace {

Fd open_lock_file(const std::filesystem::path& path) {
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) throw system_error("can't open " + path.string(), errno);
  return file;
}

[[noreturn]] void fail(const std::filesystem::path& path, int number) { throw system_error("can't lock " + path.string(), number); }

}  // namespace

Fd try_lock_file(const std::filesystem::path& path) {
  Fd file = open_lock_file(path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK && errno != EINTR) fail(path, errno);
  return {};
}

Fd lock_file(const std::filesystem::path& path, LockKind kind) {
  Fd file = open_lock_file(path);
  while (::flock(file.get(), kind == LockKind::shared ? LOCK_SH : LOCK_EX) != 0) {
    if (errno != EINTR) fail(path, errno);
  }
  return file;
}

}  // namespace holdfast
