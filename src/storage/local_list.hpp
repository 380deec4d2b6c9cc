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

/// Returns the regular files and directories in a directory, in no order. A directory that was removed in the meantime
/// is empty. Throws if it can't be read to its end. `path` names it in errors.
std::vector<DirectoryEntry> read_entries(const LocalTree& tree, const Fd& directory, std::string_view path);

/// Implements Storage::list.
void list_tree(const LocalTree& tree, std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit);

ObjectInfo object_info(std::string name, const struct stat& status);

}  // namespace holdfast
