#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "driver/files/tree.hpp"
#include "driver/files/tree_backup.hpp"

namespace holdfast::files {

/// The tree of an archive, whose entries come in any order: collected in memory, about half a KiB for each, and then
/// written as a tree stream. A later entry of the same name replaces an earlier one, as when an archive is unpacked.
class TarTree {
 public:
  /// A folder that no entry describes gets this time.
  explicit TarTree(Timestamp now);

  /// Adds a file, or describes a folder. Makes the folders above it. `path` has no "." and ".." and is relative; empty
  /// for the root. Throws Error{limit} for one that a backup can't hold.
  void add(const std::string& path, TreeRecord record);
  /// Adds another name of the file `target`. Throws Error{source} if there is none.
  void link(const std::string& path, const std::string& target);

  /// Writes everything, and returns how much it was.
  TreeCounts write(TreeWriter& out);

 private:
  struct Node {
    std::shared_ptr<TreeRecord> record;  // shared by the names of a file
    std::map<std::string, Node> children;
  };
  Node& make(const std::string& path);
  Node* find(const std::string& path);
  void write_names(const Node& node, TreeWriter& out, TreeCounts& counts);
  void write_node(const std::string& name, const Node& node, TreeWriter& out, TreeCounts& counts);
  std::shared_ptr<TreeRecord> new_folder() const;

  Timestamp now_;
  Node root_;
  std::map<const TreeRecord*, std::uint64_t> links_;  // of files with several names that are written: their number
};

}  // namespace holdfast::files
