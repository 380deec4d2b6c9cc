#include "driver/files/walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/system_error.hpp"
#include "driver/files/beneath.hpp"
#include "driver/files/metadata.hpp"
#include "driver/files/mounts.hpp"

namespace holdfast::files {

namespace {

constexpr int kKindChanges = 3;  // how often a name may change its kind of file between two looks

Fd open_folder(int parent, const char* name) { return Fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)); }

class Walk {
 public:
  Walk(std::string shown, PathFilter& filter, const WalkOptions& options, WalkVisitor& visitor, const Context& context)
      : shown_(std::move(shown)), filter_(filter), options_(options), visitor_(visitor), context_(context) {}

  void run(int root) {
    const Fd folder = open_folder(root, ".");
    struct stat status {};
    if (!folder || ::fstat(folder.get(), &status) != 0) throw unreadable(shown_, errno);
    device_ = status.st_dev;
    real_ = path_of_open(folder.get());
    const std::vector<std::string> names = sorted_names(folder, shown_);
    require_unmarked(folder, names);
    const bool everything = filter_.included("");
    open_.push_back({folder_record(folder, status, "", shown_), "", false});
    announce();
    walk(folder, names, "", everything);
    leave();
  }

 private:
  struct Open {
    TreeRecord record;
    std::string path;
    bool announced;
  };

  std::string full(const std::string& path) const { return join_path(shown_, path); }

  static TreeRecord folder_record(const Fd& folder, const struct stat& status, std::string name, const std::string& shown) {
    TreeRecord record = record_of(status, std::move(name));
    record.xattrs = read_xattrs(folder.get(), shown);
    return record;
  }

  bool mounted(const std::string& path) const { return is_mount_point(join_path(real_, path)); }

  Unreadable no_access(const std::string& path, int error) const {
    if (options_.one_file_system || !mounted(path)) return unreadable(full(path), error);
    const Error reason = system_error("can't read " + full(path), error);
    return {
        Error(reason.code(), reason.message() +
                                 ": another file system is mounted there: unmount it, exclude it, or leave out all that is mounted with "
                                 "the option one_file_system=true"),
        error};
  }

  void begin_folder(TreeRecord record, const std::string& path, bool inside) {
    if (open_.size() == kMaxDepth) {
      throw Error(ErrorCode::limit,
                  fmt::format("{}: is nested in more than {} folders: back up a part of the tree, or exclude it", full(path), kMaxDepth));
    }
    open_.push_back({std::move(record), path, false});
    if (inside) announce();
  }

  // Announces folders that only lead to included files once one of their files is included.
  void announce() {
    for (Open& one : open_) {
      if (!one.announced) visitor_.enter(one.record, one.path);
      one.announced = true;
    }
  }

  void leave() {
    if (open_.back().announced) visitor_.leave();
    open_.pop_back();
  }

  void walk(const Fd& folder, const std::vector<std::string>& names, const std::string& path, bool inside) {
    for (const std::string& name : names) {
      context_.check();
      const std::string child = join_path(path, name);
      if (path.empty() && name == kUnfinishedMark) {
        throw Error(ErrorCode::invalid_state,
                    full(child) + ": marks " + shown_ + " as not restored completely: restore it again, or remove the mark");
      }
      if (filter_.excluded(child)) continue;
      const bool included = filter_.included(child) || inside;
      if (included || filter_.leads_to_included(child)) visit_or_leave_out(folder, name, child, included);
    }
  }

  // Somebody may mark the source one day: that must not become a backup of nothing.
  void require_unmarked(const Fd& root, const std::vector<std::string>& names) const {
    const std::vector<std::string> markers = markers_in(root, names, options_.markers);
    if (markers.empty()) return;
    throw Error(ErrorCode::invalid_state, full(markers.front()) +
                                              ": marks the source itself as to be left out: remove it, or back up without " +
                                              (markers.front() == options_.markers.name ? "exclude_if_present" : "exclude_caches"));
  }

  // Nothing was told to the visitor of a file or folder that can't be read.
  void visit_or_leave_out(const Fd& folder, const std::string& name, const std::string& path, bool inside) {
    try {
      visit(folder, name, path, inside);
    } catch (const Unreadable& error) {
      if (options_.on_unreadable == OnUnreadable::fail || !error.only_this_file()) throw;
      visitor_.left_out(path, error);
    }
  }

  void visit(const Fd& folder, const std::string& name, const std::string& path, bool inside) {
    for (int attempt = 0; attempt < kKindChanges; ++attempt) {
      struct stat status {};
      if (::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        const int error = errno;
        if (vanished(error)) return;
        if (options_.one_file_system && mounted(path)) return visit_dead_mount(name, path, inside);
        throw no_access(path, error);
      }
      if (S_ISDIR(status.st_mode) ? visit_folder(folder, status, name, path, inside) : visit_file(folder, status, name, path, inside))
        return;
    }
    throw Error(ErrorCode::source, full(path) + ": changed its kind of file at each look: exclude it, or back up when nobody changes it");
  }

  // Returns false if it is no longer a folder.
  bool visit_folder(const Fd& parent, const struct stat& seen, const std::string& name, const std::string& path, bool inside) {
    if (other_file_system(seen)) {
      visit_mount(parent, seen, name, path, inside);
      return true;
    }
    const Fd folder = open_folder(parent.get(), name.c_str());
    struct stat status {};
    if (!folder || ::fstat(folder.get(), &status) != 0) {
      if (vanished(errno)) return false;
      throw no_access(path, errno);
    }
    TreeRecord record = folder_record(folder, status, name, full(path));
    std::vector<std::string> names;
    if (!other_file_system(status)) names = sorted_names(folder, full(path));
    begin_folder(std::move(record), path, inside);
    std::vector<std::string> markers = markers_in(folder, names, options_.markers);
    if (!markers.empty()) {
      visitor_.marked(path);
      names = std::move(markers);
    }
    walk(folder, names, path, inside);
    leave();
    return true;
  }

  bool other_file_system(const struct stat& folder) const { return options_.one_file_system && folder.st_dev != device_; }

  // A folder of another file system is not opened: that may mount something, or fail.
  void visit_mount(const Fd& parent, const struct stat& status, const std::string& name, const std::string& path, bool inside) {
    TreeRecord record = record_of(status, name);
    try {
      record.xattrs = read_xattrs_at(parent.get(), name, full(path));
    } catch (const Error& error) {
      context_.log(error.message());
    }
    begin_folder(std::move(record), path, inside);
    leave();
  }

  // Nothing is known of the folder there. Its owner can mount something in it again, and nobody else see it.
  void visit_dead_mount(const std::string& name, const std::string& path, bool inside) {
    context_.log(full(path) + ": is mounted and can't be read, so it is an empty folder in the backup");
    TreeRecord record = open_.back().record;
    record.name = name;
    record.mode = 0700;
    record.xattrs.clear();
    begin_folder(std::move(record), path, inside);
    leave();
  }

  bool visit_file(const Fd& folder, const struct stat& status, const std::string& name, const std::string& path, bool inside) {
    if (!inside) return true;
    TreeRecord record = record_of(status, name);
    if (record.kind == FileKind::end) {
      visitor_.socket(full(path));
      return true;
    }
    if (record.kind == FileKind::symlink) {
      std::optional<std::string> target = read_link(folder.get(), name, full(path));
      if (!target) return false;
      record.target = std::move(*target);
    }
    if (record.kind != FileKind::regular) record.xattrs = read_xattrs_at(folder.get(), name, full(path));
    announce();
    if (record.kind == FileKind::regular) {
      visitor_.file(std::move(record), path, status.st_dev, status.st_nlink);
    } else {
      visitor_.other(std::move(record), path);
    }
    return true;
  }

  const std::string shown_;
  PathFilter& filter_;
  const WalkOptions options_;
  WalkVisitor& visitor_;
  const Context& context_;
  std::uint64_t device_ = 0;
  std::string real_;  // path of the root, without links
  std::vector<Open> open_;
};

}  // namespace

std::vector<std::string> sorted_names(const Fd& folder, const std::string& path) {
  Fd copy(::fcntl(folder.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy) throw unreadable(path, errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(copy.get()), ::closedir);
  if (!stream) throw unreadable(path, errno);
  copy.release();
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) throw unreadable(path, errno);
  std::sort(names.begin(), names.end());
  return names;
}

void walk_tree(int root, const std::string& shown, PathFilter& filter, const WalkOptions& options, WalkVisitor& visitor,
               const Context& context) {
  Walk(shown, filter, options, visitor, context).run(root);
}

}  // namespace holdfast::files
