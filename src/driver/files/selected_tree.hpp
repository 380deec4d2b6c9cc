#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "driver/files/path_filter.hpp"
#include "driver/files/tree.hpp"

namespace holdfast::files {

/// Reads a tree stream as far as a selection goes: with paths, and with a file in place of a hard link whose other name is not selected.
/// Two readings give the same.
class SelectedTree {
 public:
  SelectedTree(std::unique_ptr<Reader> from, const PathFilter& filter) : reader_(std::move(from)), filter_(filter) {}

  struct Item {
    TreeRecord record;
    std::string path;     ///< empty for the root
    bool leave = false;   ///< all that is in this folder was there
    std::string link_to;  ///< of a hard link: the path it is another name of
  };
  bool next(Item& item);

 private:
  struct Level {
    TreeRecord record;
    std::string path;
    bool inside = false;  ///< all below is included
    bool skipped = false;
    bool announced = false;
  };
  struct Link {
    std::string path;   ///< of the first name that is selected
    TreeRecord record;  ///< while there is none
  };
  void take(TreeRecord record);
  void enter(TreeRecord record);
  void leave();
  void announce();
  std::string path_of(const TreeRecord& record) const;

  TreeReader reader_;
  const PathFilter& filter_;
  std::vector<Level> levels_;
  std::deque<Item> ready_;
  std::map<std::uint64_t, Link> links_;
};

}  // namespace holdfast::files
