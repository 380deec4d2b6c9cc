#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/xxh3.hpp"
#include "driver/files/beneath.hpp"
#include "driver/files/bundle_stream.hpp"
#include "driver/files/content_check.hpp"
#include "driver/files/metadata.hpp"
#include "driver/files/tree.hpp"
#include "holdfast/context.hpp"
#include "holdfast/target.hpp"

namespace holdfast::files {

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

struct WriteOptions {
  bool owner = true;
  bool resume = false;  ///< an interrupted restore may have left files, some of them complete
};

/// Removes what an interrupted restore left under a name. Throws an Error that names `shown`.
void remove_leftover(int folder, const std::string& name, const std::string& shown);

/// Creates regular files under a folder: only new ones, and never outside. Resumed, it keeps those that are complete
/// and replaces others. One thread; all arguments outlive it.
class FileWriter {
 public:
  FileWriter(int root, std::string shown, const WriteOptions& options, const Bundles& bundles, const Context& context);

  /// Reads the bundle once, from its beginning to its end. Throws Error{corrupt} if its bytes do not match the records,
  /// Error{target} or a file system's code if a file cannot be written.
  void write(WriteJob& job, const std::stop_token& stop = {});
  /// Creates a file without bytes: empty, or a single hole.
  void write_empty(const WriteTask& task);

  MetadataWriter& metadata() noexcept { return metadata_; }
  std::uint64_t kept() const noexcept { return kept_; }

 private:
  Fd create(const WriteTask& task);
  bool keep(const WriteTask& task);
  bool is_complete(const Fd& fd, const WriteTask& task);
  void write_file(const WriteTask& task, BundleStream& stream);
  void write_extent(int fd, const Extent& extent, const std::string& shown, BundleStream& stream, Xxh3& hash);
  void finish_file(const Fd& fd, const WriteTask& task);
  std::string shown(const std::string& path) const { return join_path(shown_, path); }

  int root_;
  std::string shown_;
  const Bundles& bundles_;
  const Context& context_;
  const bool resume_;
  MetadataWriter metadata_;
  FolderCache folders_;
  Bytes buffer_;
  ContentCheck content_;
  std::uint64_t kept_ = 0;
};

}  // namespace holdfast::files
