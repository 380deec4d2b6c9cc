#include "storage/local_list.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "storage/local_claim.hpp"
#include "storage/object_name.hpp"

namespace holdfast {

namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using DirectoryHandle = std::unique_ptr<DIR, CloseDirectory>;

DirectoryHandle open_directory(const LocalTree& tree, const Fd& directory, std::string_view path) {
  // "." instead of a duplicate: each handle needs its own position.
  Fd fd = tree.open(directory, ".", O_RDONLY | O_DIRECTORY);
  DirectoryHandle handle(fd ? ::fdopendir(fd.get()) : nullptr);
  if (handle) {
    fd.release();
    return handle;
  }
  if (errno == ENOENT) return nullptr;
  throw tree.error("list directory", path, errno);
}

unsigned char type_of(const LocalTree& tree, const Fd& directory, std::string_view path, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type;
  const char* name = static_cast<const char*>(entry.d_name);
  struct stat status {};
  if (tree.calls().status(directory.get(), name, &status) == 0) return IFTODT(status.st_mode);
  if (errno == ENOENT) return DT_UNKNOWN;  // removed in the meantime
  throw tree.error("examine", std::string(path) + name, errno);
}

class Lister {
 public:
  Lister(const LocalTree& tree, std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit)
      : tree_(tree), prefix_(prefix), visit_(visit) {}

  /// `path` is "" or ends with '/'. Returns false if the visitor stops.
  bool list(const Fd& directory, const std::string& path) const {
    for (const std::string& name : sorted_names(directory, path)) {
      const bool more = name.ends_with('/') ? descend(directory, path, name) : visit_file(directory, path, name);
      if (!more) return false;
    }
    return true;
  }

 private:
  /// Appends '/' to the name of a directory before sorting: "a.b" comes before "a/c".
  std::vector<std::string> sorted_names(const Fd& directory, const std::string& path) const {
    std::vector<std::string> names;
    for (DirectoryEntry& entry : read_entries(tree_, directory, path)) {
      const std::string full = path + entry.name;
      if (object_name_fault(full) != nullptr) continue;  // not ours
      if (entry.directory) entry.name += '/';
      const std::string_view wanted = entry.directory ? prefix_.substr(0, full.size() + 1) : prefix_;
      if ((path + entry.name).starts_with(wanted)) names.push_back(std::move(entry.name));
    }
    std::ranges::sort(names);
    return names;
  }

  bool descend(const Fd& directory, const std::string& path, const std::string& name) const {
    const Fd child = tree_.open(directory, name.substr(0, name.size() - 1).c_str(), O_RDONLY | O_DIRECTORY);
    if (child) return list(child, path + name);
    if (errno == ENOENT) return true;  // removed in the meantime
    throw tree_.error("list directory", path + name, errno);
  }

  bool visit_file(const Fd& directory, const std::string& path, const std::string& name) const {
    struct stat status {};
    if (tree_.calls().status(directory.get(), name.c_str(), &status) == 0)
      return !is_object(tree_, directory, name.c_str(), path + name, status) || visit_(object_info(path + name, status));
    if (errno == ENOENT) return true;
    throw tree_.error("examine", path + name, errno);
  }

  const LocalTree& tree_;
  std::string_view prefix_;
  const std::function<bool(const ObjectInfo&)>& visit_;
};

}  // namespace

std::vector<DirectoryEntry> read_entries(const LocalTree& tree, const Fd& directory, std::string_view path) {
  std::vector<DirectoryEntry> entries;
  const DirectoryHandle handle = open_directory(tree, directory, path);
  while (handle) {
    const dirent* found = tree.calls().read_directory(handle.get());
    if (found == nullptr && errno != 0 && errno != ENOENT) throw tree.error("list directory", path, errno);
    if (found == nullptr) break;
    std::string name = static_cast<const char*>(found->d_name);
    if (name == "." || name == "..") continue;
    const unsigned char type = type_of(tree, directory, path, *found);
    // An entry that is neither file nor directory has an object's name and must not be overlooked: an attempt to read
    // it reports the fault.
    if (type != DT_UNKNOWN) entries.push_back({std::move(name), type == DT_DIR});
  }
  if (entries.empty()) tree.check_root();
  return entries;
}

void list_tree(const LocalTree& tree, std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  const std::size_t slash = prefix.rfind('/');
  const std::string path(slash == std::string_view::npos ? "" : prefix.substr(0, slash + 1));
  if (!path.empty() && object_name_fault(path.substr(0, slash)) != nullptr) return;  // no object has such a name
  if (const LocalTree::Directory directory = tree.find(path.empty() ? "" : path.substr(0, slash)))
    Lister(tree, prefix, visit).list(*directory, path);
}

ObjectInfo object_info(std::string name, const struct stat& status) {
  const auto since_epoch = std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return {std::move(name), static_cast<std::uint64_t>(status.st_size),
          TimePoint(std::chrono::floor<std::chrono::microseconds>(since_epoch))};
}

}  // namespace holdfast
