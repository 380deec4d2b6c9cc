#pragma once

#include <sys/stat.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/xxh3.hpp"
#include "driver/files/beneath.hpp"
#include "driver/files/bundle_writer.hpp"
#include "driver/files/metadata.hpp"
#include "driver/files/tree.hpp"
#include "holdfast/context.hpp"
#include "holdfast/source.hpp"

namespace holdfast::files {

/// What to do with a file that changes during every attempt to read it.
enum class OnChange { warn, fail };

struct ReadOptions {
  OnChange on_change = OnChange::warn;
  OnUnreadable on_unreadable = OnUnreadable::fail;
};

/// A file to be read, and the result.
struct ReadTask {
  std::string path;
  TreeRecord record;  ///< after reading: the file as it was when it was read
  bool vanished = false;
  bool left_out = false;  ///< it can't be read
};

/// The files of one bundle, in order.
struct ReadJob {
  std::uint32_t bundle = 0;
  std::vector<ReadTask> tasks;
  std::uint64_t bytes = 0;  ///< expected
  std::atomic<bool> done{false};
};

/// Reads files into bundles. One thread; `root` and `out` outlive it.
class FileReader {
 public:
  FileReader(int root, std::string shown, const ReadOptions& options, BackupWriter& out, const Context& context);
  /// Throws an Error that names a file that cannot be read, or marks it as left out. Marks a file that no longer
  /// exists.
  void read(ReadJob& job, const std::stop_token& stop = {});

 private:
  void read_file(ReadTask& task, BundleWriter& bundle);
  void read_stable(ReadTask& task, BundleWriter& bundle);
  bool read_once(ReadTask& task, BundleWriter& bundle);
  Fd open(const std::string& path);
  bool copy_extent(int fd, const Extent& extent, const std::string& shown, BundleWriter& bundle, Xxh3& hash);

  int root_;
  std::string shown_;
  ReadOptions options_;
  BackupWriter& out_;
  const Context& context_;
  FolderCache folders_;
  Bytes buffer_;
  std::stop_token stop_;
};

}  // namespace holdfast::files
