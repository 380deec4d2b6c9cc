#include "driver/files/metadata.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>

#include "base/system_error.hpp"

namespace holdfast::files {

namespace {

// The calls for the attributes of one file: by descriptor, or by name if the file must not be opened.
struct XattrCalls {
  std::function<ssize_t(char*, std::size_t)> list;
  std::function<ssize_t(const char*, void*, std::size_t)> get;
};

// There cannot be attributes, or the file was removed meanwhile, which another check finds.
bool means_none(int error) { return error == ENOTSUP || error == ENODATA || error == ENOENT || error == ELOOP || error == ENOSYS; }

// Fills a buffer whose size only the call knows; it may change between two calls.
template <typename Call>
bool fill(std::string& out, const Call& call, const std::string& shown) {
  for (;;) {
    const ssize_t size = call(nullptr, 0);
    if (size >= 0) out.resize(static_cast<std::size_t>(size));
    const ssize_t got = size > 0 ? call(out.data(), out.size()) : size;
    if (got >= 0) {
      out.resize(static_cast<std::size_t>(got));
      return true;
    }
    if (errno == ERANGE) continue;
    if (means_none(errno)) return false;
    const int error = errno;
    throw Unreadable(system_error("can't read the extended attributes of " + shown, error), error);
  }
}

Xattrs read_all_xattrs(const XattrCalls& calls, const std::string& shown) {
  Xattrs xattrs;
  std::string names, value;
  if (!fill(names, calls.list, shown)) return xattrs;
  for (std::size_t at = 0; at < names.size();) {
    std::string name = names.c_str() + at;
    at += name.size() + 1;
    const auto get = [&](char* out, std::size_t size) { return calls.get(name.c_str(), out, size); };
    if (fill(value, get, shown)) xattrs.emplace_back(std::move(name), value);
  }
  std::sort(xattrs.begin(), xattrs.end());
  return xattrs;
}

// Returns a path to a file for calls that accept only paths. The calls do not follow links.
std::string proc_path(int folder, const std::string& name) { return "/proc/self/fd/" + std::to_string(folder) + "/" + name; }

std::array<timespec, 2> times_of(const TreeRecord& record) {
  const timespec time{.tv_sec = record.mtime.seconds, .tv_nsec = record.mtime.nanoseconds};
  return {time, time};
}

}  // namespace

bool vanished(int error) noexcept { return error == ENOENT || error == ENOTDIR || error == ELOOP; }

bool Unreadable::only_this_file() const noexcept { return error_ != EMFILE && error_ != ENFILE && error_ != ENOMEM; }

std::string left_out(const Error& why) { return "left out of the backup: " + why.message(); }

Unreadable unreadable(const std::string& shown, int error) {
  const Error reason = system_error("can't read " + shown, error);
  if (reason.code() != ErrorCode::permission_denied) return {reason, error};
  return {Error(reason.code(), reason.message() + ": run as a user who may, exclude it, or use the option unreadable=warn"), error};
}

Timestamp mtime_of(const struct stat& status) { return {status.st_mtim.tv_sec, static_cast<std::uint32_t>(status.st_mtim.tv_nsec)}; }
Timestamp ctime_of(const struct stat& status) { return {status.st_ctim.tv_sec, static_cast<std::uint32_t>(status.st_ctim.tv_nsec)}; }

FileKind kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR: return FileKind::directory;
    case S_IFREG: return FileKind::regular;
    case S_IFLNK: return FileKind::symlink;
    case S_IFIFO: return FileKind::fifo;
    case S_IFCHR: return FileKind::character_device;
    case S_IFBLK: return FileKind::block_device;
    default: return FileKind::end;
  }
}

TreeRecord record_of(const struct stat& status, std::string name) {
  TreeRecord record;
  record.kind = kind_of(status.st_mode);
  record.name = std::move(name);
  record.mode = status.st_mode & 07777U;
  record.uid = status.st_uid;
  record.gid = status.st_gid;
  record.mtime = mtime_of(status);
  record.ctime = ctime_of(status);
  record.inode = status.st_ino;
  record.linked = record.kind == FileKind::regular && status.st_nlink > 1;
  if (record.kind == FileKind::character_device || record.kind == FileKind::block_device) record.device = status.st_rdev;
  if (record.kind == FileKind::regular) record.content.size = static_cast<std::uint64_t>(status.st_size);
  return record;
}

Xattrs read_xattrs(int fd, const std::string& shown) {
  return read_all_xattrs({.list = [fd](char* out, std::size_t size) { return ::flistxattr(fd, out, size); },
                          .get = [fd](const char* name, void* out, std::size_t size) { return ::fgetxattr(fd, name, out, size); }},
                         shown);
}

Xattrs read_xattrs_at(int folder, const std::string& name, const std::string& shown) {
  const std::string path = proc_path(folder, name);
  return read_all_xattrs(
      {.list = [&path](char* out, std::size_t size) { return ::llistxattr(path.c_str(), out, size); },
       .get = [&path](const char* attribute, void* out, std::size_t size) { return ::lgetxattr(path.c_str(), attribute, out, size); }},
      shown);
}

bool can_hold_xattr(int fd, const std::string& attribute) {
  return ::fgetxattr(fd, attribute.c_str(), nullptr, 0) >= 0 || errno == ENODATA;
}

bool can_hold_xattr_at(int folder, const std::string& name, const std::string& attribute) {
  return ::lgetxattr(proc_path(folder, name).c_str(), attribute.c_str(), nullptr, 0) >= 0 || errno == ENODATA;
}

std::optional<std::string> read_link(int folder, const std::string& name, const std::string& shown) {
  std::string target(256, '\0');
  for (;;) {
    const ssize_t size = ::readlinkat(folder, name.c_str(), target.data(), target.size());
    if (size < 0 && (errno == EINVAL || errno == ENOENT)) return std::nullopt;
    if (size < 0) throw unreadable("the symbolic link " + shown, errno);
    if (static_cast<std::size_t>(size) < target.size()) {
      target.resize(static_cast<std::size_t>(size));
      return target;
    }
    target.resize(target.size() * 2);
  }
}

// Only root can change owners; other users' restores ignore them.
MetadataWriter::MetadataWriter(bool owner) : owner_(owner && ::geteuid() == 0) {}

bool MetadataWriter::has_owner(const TreeRecord& now, const TreeRecord& record) const {
  return owner_ ? now.uid == record.uid && now.gid == record.gid : now.uid == ::geteuid();
}

void MetadataWriter::lose(const std::string& attribute, int error) {
  lost_.insert("extended attribute " + attribute + " can't be restored here: " + system_error(attribute, error).message());
}

// A change of owner clears the set-user-ID bit and capabilities, so it is first. Attributes cannot be set on a file
// that its mode makes read-only, so they are before the mode. Times are last.
void MetadataWriter::apply(int fd, const TreeRecord& record, const std::string& shown) {
  if (owner_ && ::fchown(fd, record.uid, record.gid) != 0) throw system_error("can't set the owner of " + shown, errno);
  for (const auto& [name, value] : record.xattrs) {
    if (::fsetxattr(fd, name.c_str(), value.data(), value.size(), 0) == 0) continue;
    if (errno == ENOSPC || errno == EDQUOT || errno == EIO) throw system_error("can't set an extended attribute of " + shown, errno);
    lose(name, errno);
  }
  if (::fchmod(fd, record.mode) != 0) throw system_error("can't set the mode of " + shown, errno);
  if (::futimens(fd, times_of(record).data()) != 0) throw system_error("can't set the times of " + shown, errno);
}

void MetadataWriter::apply_at(int folder, const TreeRecord& record, const std::string& shown) {
  const char* file = record.name.c_str();
  if (owner_ && ::fchownat(folder, file, record.uid, record.gid, AT_SYMLINK_NOFOLLOW) != 0) {
    throw system_error("can't set the owner of " + shown, errno);
  }
  const std::string path = proc_path(folder, record.name);
  for (const auto& [name, value] : record.xattrs) {
    if (::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) != 0) lose(name, errno);
  }
  // A symbolic link has no mode. The file may have been replaced by a link meanwhile, which must not lead outside.
  if (record.kind != FileKind::symlink && ::fchmodat(folder, file, record.mode, AT_SYMLINK_NOFOLLOW) != 0) {
    throw system_error("can't set the mode of " + shown, errno);
  }
  if (::utimensat(folder, file, times_of(record).data(), AT_SYMLINK_NOFOLLOW) != 0) {
    throw system_error("can't set the times of " + shown, errno);
  }
}

}  // namespace holdfast::files
