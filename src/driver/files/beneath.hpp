#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace holdfast::files {

/// Of a file's bytes, in one call.
inline constexpr std::size_t kFileBuffer = 256U << 10;

/// Opens what lies under a folder, never through a symbolic link and never outside, whatever others do to the tree meanwhile: with openat2
/// where the kernel has it, else part by part. -1 and errno (ELOOP or ENOTDIR for a link on the way) as open. `path` is relative, without
/// "." and ".." parts; empty means the folder itself.
Fd open_beneath(int root, std::string_view path, int flags, mode_t mode = 0);

/// The folder of a path and the last part of it: "a/b" and "c" of "a/b/c".
struct SplitPath {
  std::string_view folder, name;
};
SplitPath split_path(std::string_view path);
std::string join_path(std::string_view folder, std::string_view name);

/// The folders of the paths that are asked for, one after another; the last one stays open. One thread at a time; `root` outlives it.
class FolderCache {
 public:
  explicit FolderCache(int root) : root_(root) {}
  /// The descriptor of a folder under the root, or -1 and errno.
  int open(std::string_view folder);

 private:
  int root_;
  std::string path_;
  Fd fd_;
};

}  // namespace holdfast::files
