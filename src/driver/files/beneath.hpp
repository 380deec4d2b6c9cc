#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace holdfast::files {

/// Bytes of a file that are read or written in one call.
inline constexpr std::size_t kFileBuffer = 256U << 10;

/// Opens a path below a folder; never through a symbolic link and never outside, whatever others do to the tree
/// meanwhile. Uses openat2 if the kernel has it, otherwise opens part by part. Like open, returns -1 and sets errno
/// (ELOOP or ENOTDIR for a link in the path). `path` is relative, without "." and ".." parts; empty means the folder
/// itself.
Fd open_beneath(int root, std::string_view path, int flags, mode_t mode = 0);

/// Returns the folder of a path and its last part: "a/b" and "c" for "a/b/c".
struct SplitPath {
  std::string_view folder, name;
};
SplitPath split_path(std::string_view path);
std::string join_path(std::string_view folder, std::string_view name);

/// Opens folders by path, one after another; keeps the last one open. One thread at a time; `root` outlives it.
class FolderCache {
 public:
  explicit FolderCache(int root) : root_(root) {}
  /// Returns the descriptor of a folder under the root, or -1 and errno.
  int open(std::string_view folder);

 private:
  int root_;
  std::string path_;
  Fd fd_;
};

}  // namespace holdfast::files
