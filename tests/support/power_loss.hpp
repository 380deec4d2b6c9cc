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

/// One requested change to files and directories, which are numbers; 0 is the root.
struct FileChange {
  enum class Kind { make_directory, create, write, link, unlink, remove_directory, sync };
  Kind kind = Kind::write;
  std::size_t node = 0;    ///< the file or directory that is created, written to, linked, unlinked or synced
  std::size_t parent = 0;  ///< the directory whose entry `name` changes
  std::string name;
  std::size_t offset = 0;  ///< of a write
  std::string bytes;
};

/// The real file system; records each change below a root, in order. Safe from any thread.
class RecordingCalls final : public FileCalls {
 public:
  /// The root exists and is empty. `syncs_files`, `syncs_directories`: false makes a storage that omits those syncs.
  /// `links`: false is a file system without hard links and RENAME_NOREPLACE.
  struct Lie {
    bool syncs_files = true, syncs_directories = true, links = true;
  };
  explicit RecordingCalls(const std::filesystem::path& root) : RecordingCalls(root, Lie()) {}
  RecordingCalls(const std::filesystem::path& root, Lie lie);

  const std::vector<FileChange>& changes() const { return changes_; }

  int open(int directory, const char* name, int flags, mode_t mode) const override;
  ssize_t write(int fd, const void* data, std::size_t size) const override;
  int fsync(int fd) const override;
  int link(int from_directory, const char* from, int to_directory, const char* to) const override;
  int rename_new(int from_directory, const char* from, int to_directory, const char* to) const override;
  int rename(int from_directory, const char* from, int to_directory, const char* to) const override;
  int unlink(int directory, const char* name) const override;
  int mkdir(int directory, const char* name, mode_t mode) const override;
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

/// The state that a power loss leaves after some changes: the content of each file, by path; null for a directory.
using FileState = std::map<std::string, const std::string*>;

/// Rebuilds possible disk contents after a power loss. A change before it is certain if a later fsync of its file
/// (bytes) or directory (entries) made it durable. Any other change may have reached the disk or not, and bytes may
/// have reached it in part.
///
/// Calls `visit(point, state)` for states after the first `point` changes, for each point: no uncertain change; all of
/// them; all but one; only one; entries without bytes; bytes torn at each multiple of 512; zeros instead of bytes.
/// Skips a state that was visited before with the same `expectation(point)`. Returns the number of visits. `visit`
/// returns false to end it.
std::uint64_t for_each_power_loss(const std::vector<FileChange>& changes, const std::function<std::size_t(std::size_t point)>& expectation,
                                  const std::function<bool(std::size_t point, const FileState&)>& visit);

/// Makes states as real directories, cheaply: files with the same content are links to one file, three days old.
class StateDirectory {
 public:
  explicit StateDirectory(std::filesystem::path place);
  /// Returns the directory, with exactly this state. Valid until the next call.
  std::filesystem::path make(const FileState& state);

 private:
  std::string stored(const std::string& content);
  std::filesystem::path place_;
  std::map<std::string, std::string, std::less<>> pool_;
};

}  // namespace holdfast::test
