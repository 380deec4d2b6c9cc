#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/storage.hpp"
#include "storage/local_tree.hpp"

namespace holdfast {

struct DirectoryEntry {
  std::string name;
  bool directory = false;
};

/// The regular files and directories in a directory, in no order. A directory removed meanwhile is empty; one that can't be
/// read to its end throws. `path` names it in errors.
std::vector<DirectoryEntry> read_entries(const LocalTree& tree, const Fd& directory, std::string_view path);

/// Storage::list.
void list_tree(const LocalTree& tree, std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit);

ObjectInfo object_info(std::string name, const struct stat& status);

}  // namespace holdfast
