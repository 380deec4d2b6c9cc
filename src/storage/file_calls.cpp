#include "storage/file_calls.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace holdfast {

int FileCalls::open(int directory, const char* name, int flags, mode_t mode) const { return ::openat(directory, name, flags, mode); }
ssize_t FileCalls::write(int fd, const void* data, std::size_t size) const { return ::write(fd, data, size); }
ssize_t FileCalls::pread(int fd, void* out, std::size_t size, off_t offset) const { return ::pread(fd, out, size, offset); }
int FileCalls::start_writeback(int fd, off_t offset, off_t size) const {
  return ::sync_file_range(fd, offset, size, SYNC_FILE_RANGE_WRITE);
}
int FileCalls::fsync(int fd) const { return ::fsync(fd); }
void FileCalls::drop_cached(int fd) const { ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); }
int FileCalls::close(int fd) const { return ::close(fd); }
int FileCalls::link(int from_directory, const char* from, int to_directory, const char* to) const {
  return ::linkat(from_directory, from, to_directory, to, 0);
}
int FileCalls::rename_new(int from_directory, const char* from, int to_directory, const char* to) const {
  return ::renameat2(from_directory, from, to_directory, to, RENAME_NOREPLACE);
}
int FileCalls::unlink(int directory, const char* name) const { return ::unlinkat(directory, name, 0); }
int FileCalls::rename(int from_directory, const char* from, int to_directory, const char* to) const {
  return ::renameat(from_directory, from, to_directory, to);
}
int FileCalls::mkdir(int directory, const char* name, mode_t mode) const { return ::mkdirat(directory, name, mode); }
int FileCalls::rmdir(int directory, const char* name) const { return ::unlinkat(directory, name, AT_REMOVEDIR); }
int FileCalls::chown(int fd, uid_t owner, gid_t group) const { return ::fchown(fd, owner, group); }
int FileCalls::chmod(int fd, mode_t mode) const { return ::fchmod(fd, mode); }
int FileCalls::status(int directory, const char* name, struct stat* out) const {
  return ::fstatat(directory, name, out, AT_SYMLINK_NOFOLLOW);
}
dirent* FileCalls::read_directory(DIR* directory) const {
  errno = 0;
  return ::readdir(directory);
}

std::shared_ptr<const FileCalls> system_file_calls() { return std::make_shared<const FileCalls>(); }

}  // namespace holdfast
