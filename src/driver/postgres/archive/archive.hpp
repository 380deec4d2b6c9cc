#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/bytes.hpp"
#include "holdfast/io.hpp"

/// pg_dump's custom archive format (the file of `pg_dump -Fc`), versions 1.12 to 1.16: PostgreSQL 9.x to 18.
namespace holdfast::pg_archive {

/// The format distinguishes an absent text from an empty one, and so does pg_restore.
using Text = std::optional<std::string>;
/// Returns the text, or "" if it is absent.
inline std::string_view view(const Text& text) noexcept { return text ? std::string_view(*text) : std::string_view(); }

/// The values are those in the file.
enum class Section { none = 1, pre_data = 2, data = 3, post_data = 4 };
enum class Compression { none = 0, gzip = 1, lz4 = 2, zstd = 3 };

struct ArchiveHeader {
  int minor = 14;  ///< format version 1.`minor`.`revision`
  int revision = 0;
  int int_size = 4;
  int offset_size = 8;
  Compression compression = Compression::gzip;  ///< of the data blocks; the TOC is never compressed
  int level = -1;                               ///< zlib's; not in the file since 1.15
  std::array<int, 7> created{};                 ///< sec, min, hour, mday, mon, year, isdst of struct tm
  Text database;
  Text server_version;
  Text dump_version;
};

/// One object of the archive.
struct TocEntry {
  int dump_id = 0;                ///< positive, unique in the archive
  bool has_data = false;          ///< a data block follows the TOC
  std::uint32_t catalog_oid = 0;  ///< of the system catalog that lists the object (1259 = pg_class), 0 if none
  std::uint32_t object_oid = 0;   ///< its OID in that catalog
  Text tag;                       ///< its name, for example "orders" or "orders orders_pkey"
  Text desc;                      ///< its kind, for example "TABLE", "FK CONSTRAINT"
  Section section = Section::pre_data;
  Text definition;
  Text drop_statement;
  Text copy_statement;
  Text schema;
  Text tablespace;
  Text table_access_method;  ///< since 1.14
  int relkind = 0;           ///< since 1.16
  Text owner;
  bool with_oids = false;
  std::vector<int> dependencies;  ///< dump ids; objects may be missing from the archive
};

struct ArchiveToc {
  ArchiveHeader header;
  std::vector<TocEntry> entries;
};

/// Reads header and table of contents, and no byte more: the next read from `in` returns the first data block. Throws
/// Error{corrupt} for anything that pg_dump cannot have written, Error{unsupported} for other formats and versions.
/// Memory is limited by the bytes that are read.
ArchiveToc read_toc(Reader& in);

/// Writes an archive as one stream. Leaves the places of the data blocks unset, as pg_dump does for a pipe; pg_restore
/// finds them. One thread. Throws Error{invalid_state} for calls in the wrong order. The caller commits `out` after the
/// last block.
class ArchiveWriter {
 public:
  /// Writes header and table of contents. Borrows `out`. Compresses the data as toc.header specifies (none or gzip;
  /// otherwise throws Error{unsupported}).
  ArchiveWriter(Writer& out, const ArchiveToc& toc);
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;
  ~ArchiveWriter();

  /// Writes one data block: COPY text. end_data() adds the final "\.".
  void begin_data(int dump_id);
  void write(ByteView data);
  void end_data();

  /// Writes the block of a BLOBS entry: large objects, one after another, each filled by write().
  void begin_large_objects(int dump_id);
  void begin_large_object(std::uint32_t oid);
  void end_large_object();
  void end_large_objects();

 private:
  class Chunks;
  enum class State { between, in_data, in_large_objects, in_large_object };
  void expect(State state, const char* call) const;
  void begin_block(int type, int dump_id);

  Writer& out_;
  int int_size_;
  State state_ = State::between;
  std::unique_ptr<Chunks> chunks_;
};

}  // namespace holdfast::pg_archive
