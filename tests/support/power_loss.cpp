#include "support/power_loss.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <unordered_set>

namespace holdfast::test {

namespace fs = std::filesystem;
using Kind = FileChange::Kind;

// ---- The record

RecordingCalls::RecordingCalls(const fs::path& root, Lie lie) : lie_(lie) {
  struct stat status {};
  if (::stat(root.c_str(), &status) != 0) throw std::runtime_error("no directory to record");
  new_node(status.st_ino);
}

int RecordingCalls::open(int directory, const char* name, int flags, mode_t mode) const {
  const int fd = FileCalls::open(directory, name, flags, mode);
  if (fd < 0 || (flags & O_CREAT) == 0) return fd;
  struct stat status {};
  ::fstat(fd, &status);
  const std::lock_guard lock(mutex_);
  add({.kind = Kind::create, .node = new_node(status.st_ino), .parent = node_of(directory), .name = name});
  return fd;
}

ssize_t RecordingCalls::write(int fd, const void* data, std::size_t size) const {
  const ssize_t count = FileCalls::write(fd, data, size);
  if (count <= 0) return count;
  const std::lock_guard lock(mutex_);
  const std::size_t node = node_of(fd);
  const std::string_view bytes(static_cast<const char*>(data), static_cast<std::size_t>(count));
  add({.kind = Kind::write, .node = node, .offset = sizes_[node], .bytes = std::string(bytes)});
  sizes_[node] += bytes.size();
  return count;
}

int RecordingCalls::fsync(int fd) const {
  const int result = FileCalls::fsync(fd);
  struct stat status {};
  ::fstat(fd, &status);
  if (result != 0 || !(S_ISDIR(status.st_mode) ? lie_.syncs_directories : lie_.syncs_files)) return result;
  const std::lock_guard lock(mutex_);
  add({.kind = Kind::sync, .node = node_of(fd)});
  return result;
}

int RecordingCalls::link(int from_directory, const char* from, int to_directory, const char* to) const {
  if (!lie_.links) {
    errno = ENOSYS;
    return -1;
  }
  const std::lock_guard lock(mutex_);
  const int result = FileCalls::link(from_directory, from, to_directory, to);
  if (result == 0) add({.kind = Kind::link, .node = node_of(to_directory, to), .parent = node_of(to_directory), .name = to});
  return result;
}

int RecordingCalls::rename_new(int, const char*, int, const char*) const {
  if (lie_.links) throw std::logic_error("a rename in place of a link can't be recorded");
  errno = EINVAL;
  return -1;
}

/// Recorded as two changes, either of which may be lost: worse than any file system.
int RecordingCalls::rename(int from_directory, const char* from, int to_directory, const char* to) const {
  const std::lock_guard lock(mutex_);
  const int result = FileCalls::rename(from_directory, from, to_directory, to);
  if (result != 0) return result;
  add({.kind = Kind::link, .node = node_of(to_directory, to), .parent = node_of(to_directory), .name = to});
  add({.kind = Kind::unlink, .parent = node_of(from_directory), .name = from});
  return result;
}

int RecordingCalls::unlink(int directory, const char* name) const {
  const std::lock_guard lock(mutex_);
  const int result = FileCalls::unlink(directory, name);
  if (result == 0) add({.kind = Kind::unlink, .parent = node_of(directory), .name = name});
  return result;
}

int RecordingCalls::mkdir(int directory, const char* name, mode_t mode) const {
  const std::lock_guard lock(mutex_);
  const int result = FileCalls::mkdir(directory, name, mode);
  if (result != 0) return result;
  struct stat status {};
  FileCalls::status(directory, name, &status);
  add({.kind = Kind::make_directory, .node = new_node(status.st_ino), .parent = node_of(directory), .name = name});
  return result;
}

int RecordingCalls::rmdir(int directory, const char* name) const {
  const std::lock_guard lock(mutex_);
  const int result = FileCalls::rmdir(directory, name);
  if (result == 0) add({.kind = Kind::remove_directory, .parent = node_of(directory), .name = name});
  return result;
}

std::size_t RecordingCalls::node_of(int fd) const {
  struct stat status {};
  ::fstat(fd, &status);
  return nodes_.at(status.st_ino);
}

std::size_t RecordingCalls::node_of(int directory, const char* name) const {
  struct stat status {};
  FileCalls::status(directory, name, &status);
  return nodes_.at(status.st_ino);
}

/// An inode's number may be reused after its file is gone.
std::size_t RecordingCalls::new_node(ino_t inode) const {
  nodes_[inode] = sizes_.size();
  sizes_.push_back(0);
  return sizes_.size() - 1;
}

void RecordingCalls::add(FileChange change) const { changes_.push_back(std::move(change)); }

// ---- The states

namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

/// Which uncertain changes reach the disk, and how many of their bytes.
struct Luck {
  bool keep = true;                                   ///< the others
  std::array<std::size_t, 2> exceptions{kAll, kAll};  ///< except these
  std::size_t bytes_up_to = kAll;                     ///< of each file
  bool zeros = false;                                 ///< the size reaches the disk, the bytes don't
};

/// Files and directories after some of the changes.
class Disk {
 public:
  explicit Disk(std::size_t nodes) : nodes_(nodes) {}

  void apply(const FileChange& change) {
    Node& parent = nodes_[change.parent];
    switch (change.kind) {
      case Kind::make_directory: nodes_[change.node].directory = true; [[fallthrough]];
      case Kind::create:
      case Kind::link: parent.entries[change.name] = change.node; break;
      case Kind::unlink:
      case Kind::remove_directory: parent.entries.erase(change.name); break;
      case Kind::write: write(change, kAll, false); break;
      case Kind::sync: break;
    }
  }
  void write(const FileChange& change, std::size_t up_to, bool zeros) {
    if (change.offset >= up_to) return;
    const std::string_view bytes = std::string_view(change.bytes).substr(0, up_to - change.offset);
    std::string& content = nodes_[change.node].content;
    content.resize(std::max(content.size(), change.offset + bytes.size()));
    if (!zeros) content.replace(change.offset, bytes.size(), bytes);
  }
  /// The directory's own change may be lost while that of a file in it is not: a file that can't be reached does not
  /// exist.
  void name_all(FileState& state, std::size_t node = 0, const std::string& path = {}) const {
    for (const auto& [name, child] : nodes_[node].entries) {
      const bool directory = nodes_[child].directory;
      state.emplace(path + name, directory ? nullptr : &nodes_[child].content);
      if (directory) name_all(state, child, path + name + "/");
    }
  }

 private:
  struct Node {
    bool directory = false;
    std::map<std::string, std::size_t> entries;
    std::string content;
  };
  std::vector<Node> nodes_;
};

class Builder {
 public:
  explicit Builder(const std::vector<FileChange>& changes) : changes_(changes), durable_from_(changes.size(), kAll) {
    for (std::size_t at = 0; at < changes.size(); ++at) nodes_ = std::max(nodes_, changes[at].node + 1);
    for (std::size_t at = 0; at < changes.size(); ++at) {
      const std::size_t holder = changes[at].kind == Kind::write ? changes[at].node : changes[at].parent;
      for (std::size_t sync = at + 1; sync < changes.size() && durable_from_[at] == kAll; ++sync) {
        if (changes[sync].kind == Kind::sync && changes[sync].node == holder) durable_from_[at] = sync + 1;
      }
    }
  }

  std::vector<std::size_t> uncertain(std::size_t point) const {
    std::vector<std::size_t> found;
    for (std::size_t at = 0; at < point; ++at) {
      if (changes_[at].kind != Kind::sync && durable_from_[at] > point) found.push_back(at);
    }
    return found;
  }

  Disk build(std::size_t point, const Luck& luck) const {
    Disk disk(nodes_);
    for (std::size_t at = 0; at < point; ++at) {
      const bool certain = durable_from_[at] <= point;
      if (!certain && luck.keep == (at == luck.exceptions[0] || at == luck.exceptions[1])) continue;
      if (!certain && changes_[at].kind == Kind::write)
        disk.write(changes_[at], luck.bytes_up_to, luck.zeros);
      else
        disk.apply(changes_[at]);
    }
    return disk;
  }

 private:
  const std::vector<FileChange>& changes_;
  std::vector<std::size_t> durable_from_;  // the first point at which the change is certain
  std::size_t nodes_ = 1;
};

std::vector<Luck> all_luck(const std::vector<FileChange>& changes, const std::vector<std::size_t>& uncertain) {
  std::vector<Luck> all{{.keep = false}, {}};
  std::size_t longest = 0;
  for (const std::size_t at : uncertain) {
    for (const std::size_t other : uncertain) {
      if (other > at) break;
      for (const bool keep : {true, false}) all.push_back({.keep = keep, .exceptions = {at, other}});
    }
    if (changes[at].kind == Kind::write) longest = std::max(longest, changes[at].offset + changes[at].bytes.size());
  }
  if (longest == 0) return all;
  all.push_back({.zeros = true});
  for (std::size_t end = 0; end < longest; end += kSector) all.push_back({.bytes_up_to = end});
  return all;
}

std::size_t hash_of(const FileState& state, std::size_t expectation) {
  std::string whole = std::to_string(expectation);
  for (const auto& [path, content] : state) {
    whole += '\0' + path + '\0';
    if (content != nullptr) whole += std::to_string(content->size()) + '\0' + *content;
  }
  return std::hash<std::string>()(whole);
}

}  // namespace

std::uint64_t for_each_power_loss(const std::vector<FileChange>& changes, const std::function<std::size_t(std::size_t)>& expectation,
                                  const std::function<bool(std::size_t, const FileState&)>& visit) {
  const Builder builder(changes);
  std::unordered_set<std::size_t> seen;
  for (std::size_t point = 0; point <= changes.size(); ++point) {
    for (const Luck& luck : all_luck(changes, builder.uncertain(point))) {
      const Disk disk = builder.build(point, luck);
      FileState state;
      disk.name_all(state);
      if (!seen.insert(hash_of(state, expectation(point))).second) continue;
      if (!visit(point, state)) return seen.size();
    }
  }
  return seen.size();
}

// ---- States as directories

StateDirectory::StateDirectory(fs::path place) : place_(std::move(place)) { fs::create_directory(place_ / "pool"); }

fs::path StateDirectory::make(const FileState& state) {
  const fs::path root = place_ / "state";
  fs::remove_all(root);
  fs::create_directory(root);
  for (const auto& [path, content] : state) {
    const std::string target = (root / path).string();
    const int result = content == nullptr ? ::mkdir(target.c_str(), 0700) : ::link(stored(*content).c_str(), target.c_str());
    if (result != 0) throw std::runtime_error("can't make " + target);
  }
  return root;
}

std::string StateDirectory::stored(const std::string& content) {
  const auto known = pool_.find(content);
  if (known != pool_.end()) return known->second;
  const std::string name = (place_ / "pool" / std::to_string(pool_.size())).string();
  std::ofstream(name, std::ios::binary) << content;
  fs::last_write_time(name, fs::file_time_type::clock::now() - std::chrono::hours(72));
  pool_.emplace(content, name);
  return name;
}

}  // namespace holdfast::test
