#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/xxh3.hpp"
#include "driver/files/beneath.hpp"
#include "driver/files/metadata.hpp"
#include "driver/files/tree.hpp"
#include "holdfast/context.hpp"
#include "holdfast/target.hpp"

namespace holdfast::files {

/// The bundles of a backup, by number. Safe from many threads.
class Bundles {
 public:
  explicit Bundles(const BackupView& backup);
  /// Throws Error{corrupt} if there is no bundle of that number.
  std::unique_ptr<Reader> open(std::uint32_t number) const;

 private:
  const BackupView& backup_;
  std::map<std::uint32_t, const EntryRecord*> entries_;
};

/// A file to be restored.
struct WriteTask {
  std::string path;
  TreeRecord record;
};

/// Files whose bytes are in one bundle.
struct WriteJob {
  std::uint32_t bundle = 0;
  std::vector<WriteTask> tasks;
};

/// Creates regular files under a folder: only new ones, and never outside. One thread; all arguments outlive it.
class FileWriter {
 public:
  FileWriter(int root, std::string shown, bool owner, const Bundles& bundles, const Context& context);

  /// Reads the bundle once, from its beginning to its end. Throws Error{corrupt} if its bytes do not match the records,
  /// Error{target} or a file system's code if a file cannot be written.
  void write(WriteJob& job, const std::stop_token& stop = {});
  /// Creates a file without bytes: empty, or a single hole.
  void write_empty(const WriteTask& task);

  MetadataWriter& metadata() noexcept { return metadata_; }

 private:
  class Stream;
  Fd create(const WriteTask& task);
  void write_file(const WriteTask& task, Stream& stream);
  void write_extent(int fd, const Extent& extent, const std::string& shown, Stream& stream, Xxh3& hash);
  void finish_file(const Fd& fd, const WriteTask& task);
  std::string shown(const std::string& path) const { return join_path(shown_, path); }

  int root_;
  std::string shown_;
  const Bundles& bundles_;
  const Context& context_;
  MetadataWriter metadata_;
  FolderCache folders_;
  Bytes buffer_;
};

}  // namespace holdfast::files
