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

/// A stretch of a sparse file that is not a hole.
struct Extent {
  std::uint64_t offset = 0, bytes = 0;
  bool operator==(const Extent&) const = default;
};

/// Where the bytes of a file are: in the bundle of this number, from `offset` on; holes are left out.
struct Content {
  std::uint64_t size = 0;
  std::uint32_t bundle = 0;  ///< 0: there are no bytes
  std::uint64_t offset = 0;
  std::vector<std::byte> hash;  ///< XXH3-128 of the bytes that are stored
  bool sparse = false;          ///< `extents` say what of it is stored; else all is
  std::vector<Extent> extents;

  /// What of it is stored: `extents`, or all.
  std::vector<Extent> stretches() const;
  std::uint64_t stored() const noexcept;
};

/// One record of a tree stream (docs/files.md).
struct TreeRecord {
  FileKind kind = FileKind::end;
  std::string name;        ///< one part of a path, any bytes but '/' and 0; empty only for the root
  std::uint32_t mode = 0;  ///< permission bits, 07777
  std::uint32_t uid = 0, gid = 0;
  Timestamp mtime, ctime;
  std::uint64_t inode = 0;
  bool linked = false;                                      ///< a regular file that hard links may follow
  bool changed = false;                                     ///< it changed while it was read
  std::vector<std::pair<std::string, std::string>> xattrs;  ///< by name
  std::string target;                                       ///< of a symbolic link
  std::uint64_t device = 0;                                 ///< of a device: what it is
  std::uint64_t link = 0;  ///< of a hard link: which of the `linked` files, counted from 0 in the order of the stream
  Content content;         ///< of a regular file
};

constexpr std::size_t kMaxDepth = 400;         ///< folders in folders; each holds a file descriptor while it is walked
constexpr std::size_t kMaxExtents = 64 << 10;  ///< what lies behind the last counts as data
constexpr std::string_view kTreeEntry = "tree", kTreeKind = "tree", kBundleKind = "files";

std::string bundle_name(std::uint32_t number);  ///< "files/00000001"
/// The number in such a name; 0 for any other.
std::uint32_t bundle_number(std::string_view name);

/// Writes a tree stream. The caller keeps the order: each folder's records sorted by name, its end behind them.
class TreeWriter {
 public:
  explicit TreeWriter(Writer& out);
  void write(const TreeRecord& record);
  void end_directory();
  /// Hands over what is still held.
  void flush();

 private:
  Writer& out_;
  Bytes buffer_;
};

/// Reads a tree stream, whoever wrote it: names are single parts, sorted and different within their folder, and folders are closed. Throws
/// Error{corrupt}.
class TreeReader {
 public:
  explicit TreeReader(std::unique_ptr<Reader> from);
  /// The next record, `end` for the end of a folder. False behind the root's end.
  bool next(TreeRecord& record);
  std::size_t depth() const noexcept { return last_names_.size(); }  ///< of open folders

 private:
  bool fill(std::size_t size);
  void check_order(const TreeRecord& record);

  std::unique_ptr<Reader> from_;
  Bytes buffer_;
  std::size_t at_ = 0;
  std::vector<std::string> last_names_;  // one for each open folder
  std::uint64_t linked_ = 0;
  bool begun_ = false;
};

}  // namespace holdfast::files
