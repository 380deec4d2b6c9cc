#pragma once

#include <dirent.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <memory>

namespace holdfast {

/// All calls of a local storage into the file system. Each behaves like the system call of its name (-1 and errno).
/// Tests derive from this class to record the order of effects or to let the nth call fail. This implementation is
/// stateless. Safe from any thread.
class FileCalls {
 public:
  virtual ~FileCalls() = default;

  virtual int open(int directory, const char* name, int flags, mode_t mode) const;
  virtual ssize_t write(int fd, const void* data, std::size_t size) const;
  virtual ssize_t pread(int fd, void* out, std::size_t size, off_t offset) const;
  virtual int start_writeback(int fd, off_t offset, off_t size) const;  ///< sync_file_range; does not wait
  virtual int fsync(int fd) const;
  virtual void drop_cached(int fd) const;  ///< posix_fadvise(DONTNEED); a hint
  virtual int close(int fd) const;
  virtual int link(int from_directory, const char* from, int to_directory, const char* to) const;
  virtual int rename_new(int from_directory, const char* from, int to_directory, const char* to) const;  ///< renameat2(RENAME_NOREPLACE)
  virtual int unlink(int directory, const char* name) const;
  virtual int rename(int from_directory, const char* from, int to_directory, const char* to) const;
  virtual int mkdir(int directory, const char* name, mode_t mode) const;
  virtual int rmdir(int directory, const char* name) const;
  virtual int chown(int fd, uid_t owner, gid_t group) const;
  virtual int chmod(int fd, mode_t mode) const;
  virtual int status(int directory, const char* name, struct stat* out) const;  ///< fstatat; does not follow a symbolic link
  virtual dirent* read_directory(DIR* directory) const;                         ///< readdir: null and errno 0 at the end
};

std::shared_ptr<const FileCalls> system_file_calls();

}  // namespace holdfast
