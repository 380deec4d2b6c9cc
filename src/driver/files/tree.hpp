#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/io.hpp"

namespace holdfast::files {

enum class FileKind : std::uint8_t { end, directory, regular, symlink, hard_link, fifo, character_device, block_device };

struct Timestamp {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  auto operator<=>(const Timestamp&) const = default;
};

/// A part of a sparse file that is not a hole.
struct Extent {
  std::uint64_t offset = 0, bytes = 0;
  bool operator==(const Extent&) const = default;
};

/// The place of a file's bytes: in the bundle of this number, from `offset` on, without holes.
struct Content {
  std::uint64_t size = 0;
  std::uint32_t bundle = 0;  ///< 0: there are no bytes
  std::uint64_t offset = 0;
  std::vector<std::byte> hash;  ///< XXH3-128 of the stored bytes
  bool sparse = false;          ///< only `extents` are stored; otherwise everything
  std::vector<Extent> extents;

  /// Returns the stored parts: `extents`, or everything.
  std::vector<Extent> stretches() const;
  std::uint64_t stored() const noexcept;
};

/// One record of a tree stream (docs/files.md).
struct TreeRecord {
  FileKind kind = FileKind::end;
  std::string name;        ///< one part of a path, any bytes except '/' and 0; empty only for the root
  std::uint32_t mode = 0;  ///< permission bits, 07777
  std::uint32_t uid = 0, gid = 0;
  Timestamp mtime, ctime;
  std::uint64_t inode = 0;
  bool linked = false;                                      ///< a regular file that hard links may follow
  bool changed = false;                                     ///< it changed while it was read
  std::vector<std::pair<std::string, std::string>> xattrs;  ///< by name
  std::string target;                                       ///< of a symbolic link
  std::uint64_t device = 0;                                 ///< of a device: its number
  std::uint64_t link = 0;                                   ///< of a hard link: which of the `linked` files, from 0
  Content content;                                          ///< of a regular file
};

constexpr std::size_t kMaxDepth = 400;         ///< nested folders; each holds a file descriptor during a walk
constexpr std::size_t kMaxExtents = 64 << 10;  ///< bytes after the last extent count as data
constexpr std::string_view kTreeEntry = "tree", kTreeKind = "tree", kBundleKind = "files";

std::string bundle_name(std::uint32_t number);  ///< "files/00000001"
/// Returns the number in such a name; 0 for any other.
std::uint32_t bundle_number(std::string_view name);

/// Writes a tree stream. The caller must keep the order: the records of each folder by name, then its end.
class TreeWriter {
 public:
  explicit TreeWriter(Writer& out);
  void write(const TreeRecord& record);
  void end_directory();
  /// Writes the bytes that are still buffered.
  void flush();

 private:
  Writer& out_;
  Bytes buffer_;
};

/// Reads a tree stream from any author. Checks that names are single parts, sorted and unique in their folder, and that
/// folders are closed. Throws Error{corrupt}.
class TreeReader {
 public:
  explicit TreeReader(std::unique_ptr<Reader> from);
  /// Reads the next record; `end` is the end of a folder. Returns false after the root's end.
  bool next(TreeRecord& record);
  std::size_t depth() const noexcept { return last_names_.size(); }  ///< of open folders

 private:
  bool fill(std::size_t size);
  void check_order(const TreeRecord& record);

  std::unique_ptr<Reader> from_;
  Bytes buffer_;
  std::size_t at_ = 0;
  std::vector<std::string> last_names_;  // by open folder
  std::uint64_t linked_ = 0;
  bool begun_ = false;
};

}  // namespace holdfast::files
