#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "storage/file_calls.hpp"

namespace holdfast::test {

/// One change to files and directories, as it was asked for. Files and directories are numbers; 0 is the root.
struct FileChange {
  enum class Kind { make_directory, create, write, link, unlink, remove_directory, sync };
  Kind kind = Kind::write;
  std::size_t node = 0;    ///< the file or directory that is made, written to, linked, unlinked or synced
  std::size_t parent = 0;  ///< the directory whose entry `name` changes
  std::string name;
  std::size_t offset = 0;  ///< of a write
  std::string bytes;
};

/// The real file system; each change below a root is recorded, in order. Safe from any thread.
class RecordingCalls final : public FileCalls {
 public:
  /// The root is there and empty. `syncs_files`, `syncs_directories`: false makes a storage that forgets to.
  struct Lie {
    bool syncs_files = true, syncs_directories = true;
  };
  explicit RecordingCalls(const std::filesystem::path& root) : RecordingCalls(root, Lie()) {}
  RecordingCalls(const std::filesystem::path& root, Lie lie);

  const std::vector<FileChange>& changes() const { return changes_; }

  int open(int directory, const char* name, int flags, mode_t mode) const override;
  ssize_t write(int fd, const void* data, std::size_t size) const override;
  int fsync(int fd) const override;
  int link(int from_directory, const char* from, int to_directory, const char* to) const override;
  int rename_new(int from_directory, const char* from, int to_directory, const char* to) const override;
  int unlink(int directory, const char* name) const override;
  int mkdir(int directory, const char* name) const override;
  int rmdir(int directory, const char* name) const override;

 private:
  std::size_t node_of(int fd) const;
  std::size_t node_of(int directory, const char* name) const;
  std::size_t new_node(ino_t inode) const;
  void add(FileChange change) const;

  const Lie lie_;
  mutable std::mutex mutex_;
  mutable std::vector<FileChange> changes_;
  mutable std::map<ino_t, std::size_t> nodes_;
  mutable std::vector<std::size_t> sizes_;  // by node
};

/// What a power loss leaves of some changes: the content of each file, by path; null for a directory.
using FileState = std::map<std::string, const std::string*>;

/// Rebuilds what may be on the disk after a power loss. Of all changes before it, those are certain that a later fsync of their file
/// (bytes) or directory (entries) made durable; each of the others may have come to the disk or not, and bytes may have come in part.
///
/// Calls `visit(point, state)` for states after the first `point` changes, for each point: nothing uncertain is there; all of it; all but
/// one change; one change only; entries without bytes; bytes torn at each multiple of 512; zeros instead of bytes. A state that was visited
/// before under the same `expectation(point)` is passed over. Returns the number visited. `visit` returns false to end it.
std::uint64_t for_each_power_loss(const std::vector<FileChange>& changes, const std::function<std::size_t(std::size_t point)>& expectation,
                                  const std::function<bool(std::size_t point, const FileState&)>& visit);

/// Makes states as real directories, cheaply: files of the same content are links to one, three days old.
class StateDirectory {
 public:
  explicit StateDirectory(std::filesystem::path place);
  /// The directory, holding this state and nothing else. Valid until the next call.
  std::filesystem::path make(const FileState& state);

 private:
  std::string stored(const std::string& content);
  std::filesystem::path place_;
  std::map<std::string, std::string, std::less<>> pool_;
};

}  // namespace holdfast::test
