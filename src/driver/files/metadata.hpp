#pragma once

#include <sys/stat.h>

#include <optional>
#include <set>
#include <string>

#include "driver/files/tree.hpp"
#include "holdfast/error.hpp"

namespace holdfast::files {

/// Whether an error says that what was there before is not any more, or is of another kind.
bool vanished(int error) noexcept;
/// Why a file can't be read, and what to do about it.
Error unreadable(const std::string& shown, int error);

Timestamp mtime_of(const struct stat& status);
Timestamp ctime_of(const struct stat& status);

/// What a status says, as a record of the kind it has; `end` for a socket and whatever else no backup can hold. Of a regular file the
/// size is there, where its bytes are is not.
TreeRecord record_of(const struct stat& status, std::string name);

/// The extended attributes (ACLs among them) of an open file or folder, by name. Throws Error; `shown` is what it calls it.
std::vector<std::pair<std::string, std::string>> read_xattrs(int fd, const std::string& shown);
/// The same of what can't be opened without harm, such as a device: by its name in a folder. None where /proc is missing.
std::vector<std::pair<std::string, std::string>> read_xattrs_at(int folder, const std::string& name, const std::string& shown);
/// Where a symbolic link points; nothing if it is none any more. Throws Error.
std::optional<std::string> read_link(int folder, const std::string& name, const std::string& shown);

/// Gives restored files what their records say. What a target can't hold is remembered, to be told once.
class MetadataWriter {
 public:
  explicit MetadataWriter(bool owner);

  /// Owner, attributes, mode and times, in the order in which none undoes another. Throws Error naming `shown`.
  void apply(int fd, const TreeRecord& record, const std::string& shown);
  /// The same for what can't be opened: symbolic links, pipes, devices.
  void apply_at(int folder, const TreeRecord& record, const std::string& shown);

  /// One line for each kind of thing that could not be restored.
  const std::set<std::string>& lost() const noexcept { return lost_; }

 private:
  void lose(const std::string& attribute, int error);

  bool owner_;
  std::set<std::string> lost_;
};

}  // namespace holdfast::files
