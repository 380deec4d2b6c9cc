#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "driver/files/path_filter.hpp"
#include "driver/files/tree.hpp"

namespace holdfast::files {

/// Reads the selected part of a tree stream, with paths. A hard link whose file is not selected becomes a file. Two
/// readings give the same result.
class SelectedTree {
 public:
  SelectedTree(std::unique_ptr<Reader> from, PathFilter& filter) : reader_(std::move(from)), filter_(filter) {}

  struct Item {
    TreeRecord record;
    std::string path;     ///< empty for the root
    bool leave = false;   ///< the end of the current folder
    std::string link_to;  ///< of a hard link: the path of its file
  };
  bool next(Item& item);

 private:
  struct Level {
    TreeRecord record;
    std::string path;
    bool inside = false;  ///< everything below is included
    bool skipped = false;
    bool announced = false;
  };
  struct Link {
    std::string path;   ///< of the first selected name
    TreeRecord record;  ///< until there is one
  };
  void take(TreeRecord record);
  void enter(TreeRecord record);
  void leave();
  void announce();
  std::string path_of(const TreeRecord& record) const;

  TreeReader reader_;
  PathFilter& filter_;
  std::vector<Level> levels_;
  std::deque<Item> ready_;
  std::map<std::uint64_t, Link> links_;
};

}  // namespace holdfast::files
