#include <algorithm>
#include <charconv>
#include <limits>
#include <unordered_set>

#include "driver/postgres/archive/archive.hpp"
#include "driver/postgres/archive/archive_format.hpp"
#include "holdfast/error.hpp"

namespace holdfast::pg_archive {

namespace {

// A length in the file may be false: text is read in pieces of this size, so that memory depends only on the bytes that
// arrive.
constexpr std::size_t kPiece = 64U << 10;

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::corrupt, "can't read the pg_dump archive: " + what); }

class Decoder {
 public:
  explicit Decoder(Reader& in) : in_(in) {}

  void set_int_size(int size) { int_size_ = size; }

  void fill(std::span<std::byte> out) {
    while (!out.empty()) {
      const std::size_t got = in_.read(out);
      if (got == 0) fail("it ends early, at byte " + std::to_string(position_));
      position_ += got;
      out = out.subspan(got);
    }
  }

  int byte() {
    std::byte value;
    fill({&value, 1});
    return std::to_integer<int>(value);
  }

  // Reads a sign byte, then the magnitude, lowest byte first.
  int integer() {
    std::array<std::byte, 1 + 8> bytes{};
    fill(std::span(bytes).first(1 + static_cast<std::size_t>(int_size_)));
    const int sign = std::to_integer<int>(bytes[0]);
    if (sign > 1) fail("bad sign of a number before byte " + std::to_string(position_));
    std::uint64_t magnitude = 0;
    for (std::size_t i = 8; i != 0; --i) magnitude = magnitude << 8 | std::to_integer<std::uint64_t>(bytes[i]);
    if (magnitude > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
      fail("number out of range before byte " + std::to_string(position_));
    }
    return sign == 1 ? -static_cast<int>(magnitude) : static_cast<int>(magnitude);
  }

  Text text() {
    const int length = integer();
    if (length < 0) return std::nullopt;
    std::string out;
    for (std::size_t left = static_cast<std::size_t>(length); left != 0;) {
      const std::size_t piece = std::min(left, kPiece);
      const std::size_t old = out.size();
      out.resize(old + piece);
      fill(std::as_writable_bytes(std::span(out).subspan(old)));
      left -= piece;
    }
    if (out.find('\0') != std::string::npos) fail("a text with a zero byte before byte " + std::to_string(position_));
    return out;
  }

  // The file has OIDs and dependencies as decimal texts.
  template <typename Number>
  Number number_of(const std::string& digits, const char* what) {
    Number value{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) fail(std::string("bad ") + what);
    return value;
  }

  std::uint32_t oid() {
    const Text digits = text();
    if (!digits) fail("an object without OID");
    return number_of<std::uint32_t>(*digits, "OID");
  }

 private:
  Reader& in_;
  int int_size_ = 4;
  std::uint64_t position_ = 0;
};

void check_version(int major, int minor) {
  if (major == kMajor && minor >= kOldestMinor && minor <= kNewestMinor) return;
  throw Error(ErrorCode::unsupported, "can't read the pg_dump archive: format version " + std::to_string(major) + "." +
                                          std::to_string(minor) + " is none of 1.12 to 1.16");
}

void read_compression(Decoder& in, ArchiveHeader& header) {
  if (header.minor >= kMinorWithAlgorithm) {
    const int algorithm = in.byte();
    if (algorithm > static_cast<int>(Compression::zstd)) fail("unknown compression " + std::to_string(algorithm));
    header.compression = static_cast<Compression>(algorithm);
    return;
  }
  header.level = in.integer();
  if (header.level < -1 || header.level > 9) fail("unknown compression level " + std::to_string(header.level));
  header.compression = header.level == 0 ? Compression::none : Compression::gzip;
}

ArchiveHeader read_header(Decoder& in) {
  std::array<std::byte, kMagic.size()> magic;
  in.fill(magic);
  if (as_text(magic) != kMagic) fail("it does not begin with PGDMP");
  ArchiveHeader header;
  const int major = in.byte();
  header.minor = in.byte();
  check_version(major, header.minor);
  header.revision = in.byte();
  header.int_size = in.byte();
  if (header.int_size != 4 && header.int_size != 8) fail("integers of " + std::to_string(header.int_size) + " bytes");
  in.set_int_size(header.int_size);
  header.offset_size = in.byte();
  if (header.offset_size != 4 && header.offset_size != 8) fail("offsets of " + std::to_string(header.offset_size) + " bytes");
  if (const int format = in.byte(); format != kFormatCustom) {
    throw Error(ErrorCode::unsupported, "can't read the pg_dump archive: format " + std::to_string(format) + " is not custom (-Fc)");
  }
  read_compression(in, header);
  for (int& field : header.created) field = in.integer();
  header.database = in.text();
  header.server_version = in.text();
  header.dump_version = in.text();
  return header;
}

void skip_offset(Decoder& in, int size) {
  const int state = in.byte();
  if (state != kOffsetNotSet && state != kOffsetSet && state != kOffsetNoData) fail("unknown state of a data offset");
  std::array<std::byte, 8> offset;
  in.fill(std::span(offset).first(static_cast<std::size_t>(size)));
}

bool read_flag(Decoder& in) {
  const int flag = in.integer();
  if (flag != 0 && flag != 1) fail("a flag that is " + std::to_string(flag));
  return flag == 1;
}

Section read_section(Decoder& in) {
  const int section = in.integer();
  if (section < static_cast<int>(Section::none) || section > static_cast<int>(Section::post_data)) {
    fail("unknown section " + std::to_string(section));
  }
  return static_cast<Section>(section);
}

TocEntry read_entry(Decoder& in, const ArchiveHeader& header) {
  TocEntry entry;
  entry.dump_id = in.integer();
  if (entry.dump_id <= 0) fail("dump id " + std::to_string(entry.dump_id) + " out of range");
  entry.has_data = read_flag(in);
  entry.catalog_oid = in.oid();
  entry.object_oid = in.oid();
  entry.tag = in.text();
  entry.desc = in.text();
  entry.section = read_section(in);
  entry.definition = in.text();
  entry.drop_statement = in.text();
  entry.copy_statement = in.text();
  entry.schema = in.text();
  entry.tablespace = in.text();
  if (header.minor >= kMinorWithTableAm) entry.table_access_method = in.text();
  if (header.minor >= kMinorWithRelkind) entry.relkind = in.integer();
  entry.owner = in.text();
  const Text with_oids = in.text();
  if (with_oids != "true" && with_oids != "false") fail("bad WITH OIDS mark");
  entry.with_oids = with_oids == "true";
  while (const Text dependency = in.text()) entry.dependencies.push_back(in.number_of<int>(*dependency, "dependency"));
  skip_offset(in, header.offset_size);
  return entry;
}

}  // namespace

ArchiveToc read_toc(Reader& reader) {
  Decoder in(reader);
  ArchiveToc toc;
  toc.header = read_header(in);
  const int count = in.integer();
  if (count < 0) fail("a negative number of entries");
  std::unordered_set<int> ids;
  for (int i = 0; i < count; ++i) {
    toc.entries.push_back(read_entry(in, toc.header));
    const int id = toc.entries.back().dump_id;
    if (!ids.insert(id).second) fail("dump id " + std::to_string(id) + " is there twice");
  }
  return toc;
}

}  // namespace holdfast::pg_archive
