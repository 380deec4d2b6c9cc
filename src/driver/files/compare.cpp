#include "driver/files/compare.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "driver/files/beneath.hpp"
#include "driver/files/compare_xattrs.hpp"
#include "driver/files/content_check.hpp"
#include "driver/files/metadata.hpp"
#include "driver/files/selected_tree.hpp"
#include "driver/files/tree_restore.hpp"
#include "driver/files/walk.hpp"

namespace holdfast::files {

namespace {

constexpr std::size_t kMaxFaults = 100;  // with more, the number is sufficient

class Comparison {
 public:
  Comparison(int root, std::string shown, const BackupView& backup, ProofReport& report, const Context& context)
      : root_(root), shown_(std::move(shown)), backup_(backup), report_(report), context_(context), folders_(root), content_(context) {}

  std::uint64_t run() {
    PathFilter everything{Selection{}};
    SelectedTree tree(backup_.open(list_of(backup_)), everything);
    for (SelectedTree::Item item; tree.next(item);) {
      context_.check();
      if (item.leave) {
        leave(item);
      } else {
        visit(item);
      }
    }
    if (faults_ > kMaxFaults) report_.faults.push_back({shown_, fmt::format("{} more differences", faults_ - kMaxFaults)});
    warn();
    return compared_;
  }

 private:
  using Item = SelectedTree::Item;

  void fault(const Item& item, std::string what) {
    if (++faults_ <= kMaxFaults) report_.faults.push_back({join_path(shown_, item.path), std::move(what)});
  }

  // Reads its status. Returns false if there is no such file.
  bool look(const std::string& path, struct stat& status) {
    const auto [folder, name] = split_path(path);
    const int at = folders_.open(folder);
    const std::string file = path.empty() ? "." : std::string(name);
    return at >= 0 && ::fstatat(at, file.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  }

  void visit(const Item& item) {
    const bool folder = item.record.kind == FileKind::directory;
    struct stat status {};
    const bool found = look(item.path, status);
    if (found && !found_.empty()) ++found_.back();
    if (folder) found_.push_back(0);
    ++compared_;
    if (!found) return miss(item);
    count_name(item, status);
    if (item.record.kind == FileKind::hard_link) return compare_link(item, status);
    const TreeRecord now = record_of(status, item.record.name);
    if (now.kind != item.record.kind) return fault(item, "is another kind of file");
    compare_status(item, now);
    compare_content(item, now);
  }

  void miss(const Item& item) {
    const bool device = item.record.kind == FileKind::character_device || item.record.kind == FileKind::block_device;
    if (!device || ::geteuid() == 0) return fault(item, "is not there");
    missing_devices_.add(join_path(shown_, item.path));
  }

  // Finds files that were separate in the backup and are one now. Names outside of the tree don't matter.
  void count_name(const Item& item, const struct stat& status) {
    if (S_ISDIR(status.st_mode) || status.st_nlink < 2) return;
    const auto [name, first] = shared_.try_emplace({status.st_dev, status.st_ino}, SharedFile{item.path, status.st_nlink});
    if (!first && item.record.kind == FileKind::regular)
      fault(item, "is the same file as " + join_path(shown_, name->second.first) + ", and was another");
    if (--name->second.names_left == 0) shared_.erase(name);
  }

  void leave(const Item& item) {
    const Fd folder = open_beneath(root_, item.path, O_RDONLY | O_DIRECTORY);
    if (folder) {
      const auto names = sorted_names(folder, join_path(shown_, item.path));
      if (names.size() > found_.back()) fault(item, fmt::format("holds {} files that are not in the backup", names.size() - found_.back()));
    }
    found_.pop_back();
  }

  void compare_link(const Item& item, const struct stat& status) {
    struct stat other {};
    if (!look(item.link_to, other) || other.st_ino != status.st_ino || other.st_dev != status.st_dev)
      fault(item, "is not the same file as " + join_path(shown_, item.link_to));
  }

  void compare_status(const Item& item, const TreeRecord& now) {
    const TreeRecord& before = item.record;
    if (before.kind != FileKind::symlink && now.mode != before.mode)
      fault(item, fmt::format("has the mode {:04o}, and had {:04o}", now.mode, before.mode));
    if (now.mtime != before.mtime) fault(item, "has another modification time");
    if (now.uid != before.uid || now.gid != before.gid) {
      if (::geteuid() != 0) {
        other_owners_.add(join_path(shown_, item.path));
      } else {
        fault(item, fmt::format("belongs to {}:{}, and belonged to {}:{}", now.uid, now.gid, before.uid, before.gid));
      }
    }
    if (now.device != before.device) fault(item, "is another device");
  }

  void compare_content(const Item& item, const TreeRecord& now) {
    const auto [folder, name] = split_path(item.path);
    const std::string shown = join_path(shown_, item.path);
    if (item.record.kind == FileKind::directory) {
      const Fd opened = open_beneath(root_, item.path, O_RDONLY | O_DIRECTORY);
      if (!opened) throw unreadable(shown, errno);
      return compare_xattrs(item, opened.get(), shown);
    }
    const int at = folders_.open(folder);
    const std::string file(name);
    if (item.record.kind != FileKind::regular) {
      add_faults(item, xattrs_.differences(item.record.xattrs, read_xattrs_at(at, file, shown),
                                           [&](const std::string& attribute) { return can_hold_xattr_at(at, file, attribute); }));
      if (item.record.kind == FileKind::symlink && read_link(at, file, shown) != item.record.target) fault(item, "points elsewhere");
      return;
    }
    const Fd opened(::openat(at, file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!opened) throw unreadable(shown, errno);
    compare_xattrs(item, opened.get(), shown);
    if (now.content.size != item.record.content.size) {
      fault(item, fmt::format("has {} bytes, and had {}", now.content.size, item.record.content.size));
    } else if (!content_.same_bytes(opened.get(), item.record.content, shown)) {
      fault(item, "has other bytes than were read");
    } else if (content_.holes_are_filled(item.record.content)) {
      filled_.add(shown);
    }
  }

  void compare_xattrs(const Item& item, int fd, const std::string& shown) {
    add_faults(item, xattrs_.differences(item.record.xattrs, read_xattrs(fd, shown),
                                         [fd](const std::string& attribute) { return can_hold_xattr(fd, attribute); }));
  }

  void add_faults(const Item& item, const std::vector<std::string>& differences) {
    for (const std::string& difference : differences) fault(item, difference);
  }

  void warn() {
    report_.warnings.insert(report_.warnings.end(), xattrs_.warnings().begin(), xattrs_.warnings().end());
    const auto add = [this](const Some& files, std::string_view what) {
      if (files.count != 0) report_.warnings.push_back(fmt::format("{} (files: {}): {}", files.first, files.count, what));
    };
    add(filled_, "the holes are filled with zeros here; the bytes are equal, but take up more space");
    add(other_owners_, "the owner or group is another here; only root restores and compares them");
    add(missing_devices_, "the device is not there; only root may make it");
  }

  // Files that have the same difference, which is no fault.
  struct Some {
    std::size_t count = 0;
    std::string first;
    void add(const std::string& file) {
      if (++count == 1) first = file;
    }
  };
  struct SharedFile {
    std::string first;
    std::uint64_t names_left = 0;
  };

  const int root_;
  const std::string shown_;
  const BackupView& backup_;
  ProofReport& report_;
  const Context& context_;
  FolderCache folders_;
  ContentCheck content_;
  std::vector<std::size_t> found_;                                        // by open folder: how many of its names exist
  std::map<std::pair<std::uint64_t, std::uint64_t>, SharedFile> shared_;  // files with several names, by device and inode
  XattrComparison xattrs_;
  Some filled_, other_owners_, missing_devices_;
  std::uint64_t compared_ = 0;
  std::size_t faults_ = 0;
};

}  // namespace

std::uint64_t compare_tree(int root, const std::string& shown, const BackupView& backup, ProofReport& report, const Context& context) {
  return Comparison(root, shown, backup, report, context).run();
}

}  // namespace holdfast::files
