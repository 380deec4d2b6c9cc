#pragma once

#include <sys/stat.h>

#include <optional>
#include <set>
#include <string>

#include "driver/files/tree.hpp"
#include "holdfast/error.hpp"

namespace holdfast::files {

/// Returns whether an error means that a file no longer exists or is now of another kind.
bool vanished(int error) noexcept;

/// A file or folder can't be read.
class Unreadable : public Error {
 public:
  Unreadable(const Error& reason, int error) : Error(reason), error_(error) {}
  /// Returns whether the reason is this one file, and others may be readable: not if this process lacks something.
  bool only_this_file() const noexcept;

 private:
  int error_;
};

/// What to do with a file or folder that can't be read.
enum class OnUnreadable { fail, leave_out };

/// Returns the warning of a file that is left out.
std::string left_out(const Error& why);

/// Tells why a file cannot be read, and what to do.
Unreadable unreadable(const std::string& shown, int error);

Timestamp mtime_of(const struct stat& status);
Timestamp ctime_of(const struct stat& status);

/// Returns the kind of a file with this mode; `end` for one that a backup cannot hold.
FileKind kind_of(mode_t mode);
/// Converts a status to a record of its kind; `end` for a socket and anything else that a backup cannot hold. For a
/// regular file, sets the size but not the place of its bytes.
TreeRecord record_of(const struct stat& status, std::string name);

/// The attributes in which the kernel stores ACLs.
constexpr const char* kAccessAcl = "system.posix_acl_access";
constexpr const char* kDefaultAcl = "system.posix_acl_default";

/// Extended attributes, by name.
using Xattrs = std::vector<std::pair<std::string, std::string>>;

/// Returns the extended attributes (including ACLs) of an open file or folder, by name. Throws Error, which calls the
/// file `shown`.
Xattrs read_xattrs(int fd, const std::string& shown);
/// The same for a file that must not be opened, such as a device: by its name in a folder. Returns none if /proc is
/// missing.
Xattrs read_xattrs_at(int folder, const std::string& name, const std::string& shown);
/// Returns whether the file system of an open file knows attributes of this name. Changes nothing.
bool can_hold_xattr(int fd, const std::string& attribute);
bool can_hold_xattr_at(int folder, const std::string& name, const std::string& attribute);
/// Returns the target of a symbolic link; none if it no longer is a link. Throws Error.
std::optional<std::string> read_link(int folder, const std::string& name, const std::string& shown);

/// Gives restored files the metadata of their records. Remembers what the target cannot hold, to report it once.
class MetadataWriter {
 public:
  explicit MetadataWriter(bool owner);

  /// Sets owner, attributes, mode and times in an order in which none resets another. Throws an Error that names
  /// `shown`.
  void apply(int fd, const TreeRecord& record, const std::string& shown);
  /// The same for files that cannot be opened: symbolic links, pipes, devices.
  void apply_at(int folder, const TreeRecord& record, const std::string& shown);

  /// Returns whether a file has the owner that a restore gives it.
  bool has_owner(const TreeRecord& now, const TreeRecord& record) const;

  /// Returns one line for each kind of metadata that could not be restored.
  const std::set<std::string>& lost() const noexcept { return lost_; }

 private:
  void lose(const std::string& attribute, int error);

  bool owner_;
  std::set<std::string> lost_;
};

}  // namespace holdfast::files
