#pragma once

#include <string>
#include <vector>

#include "base/fd.hpp"
#include "driver/files/path_filter.hpp"
#include "driver/files/tree.hpp"
#include "holdfast/context.hpp"

namespace holdfast::files {

/// A mark in a folder that is being restored; it goes when the restore is complete.
constexpr std::string_view kUnfinishedMark = ".holdfast-restore-unfinished";

/// Receives what a walk finds, depth first, each folder's records sorted by name.
class WalkVisitor {
 public:
  virtual ~WalkVisitor() = default;
  /// A folder; what is in it comes next, then leave().
  virtual void enter(const TreeRecord& folder, const std::string& path) = 0;
  virtual void leave() = 0;
  /// A regular file, without attributes and place of its bytes. `device` is the file system's.
  virtual void file(TreeRecord record, const std::string& path, std::uint64_t device, std::uint64_t links) = 0;
  /// Everything else, complete.
  virtual void other(TreeRecord record, const std::string& path) = 0;
  /// A socket: nothing of it can be kept.
  virtual void socket(const std::string& path) = 0;
};

struct WalkOptions {
  bool one_file_system = false;  ///< folders where another file system is mounted are taken as empty
};

/// The names in an open folder, in the order of their bytes. Throws Error naming `path`.
std::vector<std::string> sorted_names(const Fd& folder, const std::string& path);

/// Walks the tree under an open folder, through the descriptors of its folders only: nothing that others rename or replace meanwhile leads
/// out of it. What vanishes on the way was never there; what can't be read is an Error that names it, under `shown`, the root's name.
void walk_tree(int root, const std::string& shown, const PathFilter& filter, const WalkOptions& options, WalkVisitor& visitor,
               const Context& context);

}  // namespace holdfast::files
