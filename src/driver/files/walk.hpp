#pragma once

#include <string>
#include <vector>

#include "base/fd.hpp"
#include "driver/files/markers.hpp"
#include "driver/files/metadata.hpp"
#include "driver/files/path_filter.hpp"
#include "driver/files/tree.hpp"
#include "driver/files/unfinished_mark.hpp"
#include "holdfast/context.hpp"

namespace holdfast::files {

/// Receives the results of a walk, depth first, the records of each folder sorted by name.
class WalkVisitor {
 public:
  virtual ~WalkVisitor() = default;
  /// A folder. Its contents follow, then leave().
  virtual void enter(const TreeRecord& folder, const std::string& path) = 0;
  virtual void leave() = 0;
  /// A regular file, without attributes and place of its bytes. `device` is that of the file system.
  virtual void file(TreeRecord record, const std::string& path, std::uint64_t device, std::uint64_t links) = 0;
  /// Any other kind, complete.
  virtual void other(TreeRecord record, const std::string& path) = 0;
  /// A socket. A backup cannot hold it.
  virtual void socket(const std::string& path) = 0;
  /// A folder of which only its marker files follow.
  virtual void marked(const std::string& path) = 0;
  /// A file or folder that can't be read, and is left out with everything in it.
  virtual void left_out(const std::string& path, const Error& why) = 0;
};

struct WalkOptions {
  bool one_file_system = false;  ///< folders where another file system is mounted, even a dead one, are empty
  OnUnreadable on_unreadable = OnUnreadable::fail;
  Markers markers;
};

/// Returns the names in an open folder, in byte order. Throws an Error that names `path`.
std::vector<std::string> sorted_names(const Fd& folder, const std::string& path);

/// Walks the tree under an open folder, only through the descriptors of its folders: concurrent renames or replacements
/// cannot lead it outside. Ignores files that vanish meanwhile. Throws an Error for a file that cannot be read, unless
/// it is to be left out. Errors name files under `shown`, the root's name.
void walk_tree(int root, const std::string& shown, PathFilter& filter, const WalkOptions& options, WalkVisitor& visitor,
               const Context& context);

}  // namespace holdfast::files
