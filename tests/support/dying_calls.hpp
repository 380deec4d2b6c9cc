#pragma once

#include <fcntl.h>

#include <cerrno>

#include "storage/file_calls.hpp"
#include "support/crash_points.hpp"

namespace holdfast::test {

/// The file system for a process that dies before, after, or (for a write) in the middle of a change. Some changes are
/// made where no exception is allowed, so death means that every further change fails and does nothing.
class DyingCalls : public FileCalls {
 public:
  mutable Fuse fuse;

  int open(int directory, const char* name, int flags, mode_t mode) const override {
    if ((flags & O_CREAT) == 0) return FileCalls::open(directory, name, flags, mode);
    return around([&] { return FileCalls::open(directory, name, flags, mode); });
  }
  ssize_t write(int fd, const void* data, std::size_t size) const override {
    if (fuse.pass()) return dead();
    if (size > 1) {
      const std::size_t half = size / 2;
      if (FileCalls::write(fd, data, half) != static_cast<ssize_t>(half)) return -1;
      if (fuse.pass()) return dead();
      const ssize_t rest = FileCalls::write(fd, static_cast<const char*>(data) + half, size - half);
      if (rest < 0) return rest;
      return fuse.pass() ? dead() : rest + static_cast<ssize_t>(half);
    }
    const ssize_t count = FileCalls::write(fd, data, size);
    return fuse.pass() ? dead() : count;
  }
  int fsync(int fd) const override { return fuse.burnt() ? dead() : FileCalls::fsync(fd); }
  int link(int from_directory, const char* from, int to_directory, const char* to) const override {
    return around([&] { return FileCalls::link(from_directory, from, to_directory, to); });
  }
  int rename_new(int from_directory, const char* from, int to_directory, const char* to) const override {
    return around([&] { return FileCalls::rename_new(from_directory, from, to_directory, to); });
  }
  int rename(int from_directory, const char* from, int to_directory, const char* to) const override {
    return around([&] { return FileCalls::rename(from_directory, from, to_directory, to); });
  }
  int unlink(int directory, const char* name) const override {
    return around([&] { return FileCalls::unlink(directory, name); });
  }
  int mkdir(int directory, const char* name, mode_t mode) const override {
    return around([&] { return FileCalls::mkdir(directory, name, mode); });
  }
  int chown(int fd, uid_t owner, gid_t group) const override {
    return around([&] { return FileCalls::chown(fd, owner, group); });
  }
  int chmod(int fd, mode_t mode) const override {
    return around([&] { return FileCalls::chmod(fd, mode); });
  }
  int rmdir(int directory, const char* name) const override {
    return around([&] { return FileCalls::rmdir(directory, name); });
  }

 private:
  static int dead() {
    errno = EIO;
    return -1;
  }
  template <typename Change>
  int around(const Change& change) const {
    if (fuse.pass()) return dead();
    const int result = change();
    const int error_number = errno;
    if (fuse.pass()) return dead();
    errno = error_number;
    return result;
  }
};

}  // namespace holdfast::test
