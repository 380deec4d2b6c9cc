#include "driver/files/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>

#include "base/big_endian.hpp"
#include "holdfast/error.hpp"

namespace holdfast::files {

namespace {

constexpr std::string_view kMagic{"HFTREE\0\1", 8};
constexpr std::string_view kBundlePrefix = "files/";
constexpr std::size_t kMaxRecord = 16U << 20;
constexpr std::size_t kMaxName = 255, kMaxTarget = 4096, kHashSize = 16;
constexpr std::size_t kBuffer = 128U << 10;
constexpr std::uint8_t kLinked = 1, kChangedFlag = 2, kSparse = 4;

[[noreturn]] void damaged(std::string_view what) { throw Error(ErrorCode::corrupt, "the list of files is damaged: " + std::string(what)); }

// Appends a text, preceded by its length.
template <typename Length>
void append_text(Bytes& out, std::string_view text) {
  append_number(out, static_cast<Length>(text.size()));
  const ByteView bytes = as_bytes(text);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_time(Bytes& out, const Timestamp& time) {
  append_number(out, static_cast<std::uint64_t>(time.seconds));
  append_number(out, time.nanoseconds);
}

void append_content(Bytes& out, const Content& content) {
  append_number(out, content.size);
  append_number(out, content.bundle);
  append_number(out, content.offset);
  if (content.bundle != 0) out.insert(out.end(), content.hash.begin(), content.hash.end());
  if (!content.sparse) return;
  append_number(out, static_cast<std::uint32_t>(content.extents.size()));
  for (const Extent& extent : content.extents) {
    append_number(out, extent.offset);
    append_number(out, extent.bytes);
  }
}

// Takes numbers and texts from one record. Never reads beyond its end.
class Fields {
 public:
  explicit Fields(ByteView bytes) : rest_(bytes) {}
  template <typename Number>
  Number number() {
    return number_in<Number>(take(sizeof(Number)));
  }
  template <typename Length>
  std::string text(std::size_t limit) {
    const std::size_t size = number<Length>();
    if (size > limit) damaged("a text is too long");
    return std::string(as_text(take(size)));
  }
  Timestamp time() {
    Timestamp time{static_cast<std::int64_t>(number<std::uint64_t>()), number<std::uint32_t>()};
    if (time.nanoseconds >= 1'000'000'000) damaged("an impossible time");
    return time;
  }
  ByteView take(std::size_t size) {
    if (size > rest_.size()) damaged("a record is cut short");
    const ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  std::size_t left() const noexcept { return rest_.size(); }

 private:
  ByteView rest_;
};

void read_extents(Fields& fields, Content& content) {
  const auto count = fields.number<std::uint32_t>();
  if (count > kMaxExtents || std::size_t{count} * 2 * sizeof(std::uint64_t) > fields.left()) damaged("too many stretches of one file");
  std::uint64_t end = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Extent extent{fields.number<std::uint64_t>(), fields.number<std::uint64_t>()};
    const bool fits =
        extent.offset >= end && extent.bytes != 0 && extent.offset <= content.size && extent.bytes <= content.size - extent.offset;
    if (!fits) damaged("the stretches of a file do not fit in it");
    end = extent.offset + extent.bytes;
    content.extents.push_back(extent);
  }
}

Content read_content(Fields& fields, bool sparse) {
  Content content;
  content.size = fields.number<std::uint64_t>();
  content.bundle = fields.number<std::uint32_t>();
  content.offset = fields.number<std::uint64_t>();
  if (content.size > std::uint64_t{1} << 62U) damaged("a file of an impossible size");
  if (content.bundle != 0) {
    const ByteView hash = fields.take(kHashSize);
    content.hash.assign(hash.begin(), hash.end());
  }
  content.sparse = sparse;
  if (sparse) read_extents(fields, content);
  if ((content.bundle == 0) != (content.stored() == 0)) damaged("a file does not say where its bytes are");
  return content;
}

bool is_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}

TreeRecord read_record(ByteView bytes) {
  Fields fields(bytes);
  TreeRecord record;
  const auto kind = fields.number<std::uint8_t>();
  if (kind > static_cast<std::uint8_t>(FileKind::block_device)) damaged("a kind of file that is not known");
  record.kind = static_cast<FileKind>(kind);
  if (record.kind == FileKind::end) {
    if (fields.left() != 0) damaged("a record is too long");
    return record;
  }
  const auto flags = fields.number<std::uint8_t>();
  record.linked = (flags & kLinked) != 0;
  record.changed = (flags & kChangedFlag) != 0;
  record.mode = fields.number<std::uint16_t>() & 07777U;
  record.uid = fields.number<std::uint32_t>();
  record.gid = fields.number<std::uint32_t>();
  record.mtime = fields.time();
  record.ctime = fields.time();
  record.inode = fields.number<std::uint64_t>();
  record.name = fields.text<std::uint16_t>(kMaxName);
  for (auto left = fields.number<std::uint16_t>(); left > 0; --left) {
    std::string name = fields.text<std::uint8_t>(kMaxName);
    if (name.empty() || name.find('\0') != std::string::npos) damaged("an extended attribute has no possible name");
    record.xattrs.emplace_back(std::move(name), fields.text<std::uint32_t>(64U << 10));
  }
  switch (record.kind) {
    case FileKind::regular: record.content = read_content(fields, (flags & kSparse) != 0); break;
    case FileKind::symlink:
      record.target = fields.text<std::uint16_t>(kMaxTarget);
      if (record.target.empty() || record.target.find('\0') != std::string::npos) damaged("a symbolic link that points nowhere");
      break;
    case FileKind::hard_link: record.link = fields.number<std::uint64_t>(); break;
    case FileKind::character_device:
    case FileKind::block_device: record.device = fields.number<std::uint64_t>(); break;
    default: break;
  }
  if (record.linked && record.kind != FileKind::regular) damaged("only regular files have hard links");
  if (fields.left() != 0) damaged("a record is too long");
  return record;
}

}  // namespace

std::vector<Extent> Content::stretches() const { return sparse ? extents : std::vector<Extent>{{0, size}}; }

std::uint64_t Content::stored() const noexcept {
  if (!sparse) return size;
  return std::accumulate(extents.begin(), extents.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Extent& one) { return sum + one.bytes; });
}

std::string bundle_name(std::uint32_t number) { return fmt::format("{}{:08}", kBundlePrefix, number); }

std::uint32_t bundle_number(std::string_view name) {
  if (!name.starts_with(kBundlePrefix)) return 0;
  name.remove_prefix(kBundlePrefix.size());
  std::uint32_t number = 0;
  const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), number);
  return code == std::errc() && end == name.data() + name.size() ? number : 0;
}

TreeWriter::TreeWriter(Writer& out) : out_(out) {
  const ByteView magic = as_bytes(kMagic);
  buffer_.assign(magic.begin(), magic.end());
}

void TreeWriter::write(const TreeRecord& record) {
  const std::size_t begin = buffer_.size();
  append_number(buffer_, std::uint32_t{0});
  buffer_.push_back(static_cast<std::byte>(record.kind));
  const unsigned flags = (record.linked ? kLinked : 0U) | (record.changed ? kChangedFlag : 0U) | (record.content.sparse ? kSparse : 0U);
  buffer_.push_back(static_cast<std::byte>(flags));
  append_number(buffer_, static_cast<std::uint16_t>(record.mode));
  append_number(buffer_, record.uid);
  append_number(buffer_, record.gid);
  append_time(buffer_, record.mtime);
  append_time(buffer_, record.ctime);
  append_number(buffer_, record.inode);
  append_text<std::uint16_t>(buffer_, record.name);
  append_number(buffer_, static_cast<std::uint16_t>(record.xattrs.size()));
  for (const auto& [name, value] : record.xattrs) {
    append_text<std::uint8_t>(buffer_, name);
    append_text<std::uint32_t>(buffer_, value);
  }
  if (record.kind == FileKind::regular) append_content(buffer_, record.content);
  if (record.kind == FileKind::symlink) append_text<std::uint16_t>(buffer_, record.target);
  if (record.kind == FileKind::hard_link) append_number(buffer_, record.link);
  if (record.kind == FileKind::character_device || record.kind == FileKind::block_device) append_number(buffer_, record.device);
  const std::size_t size = buffer_.size() - begin - sizeof(std::uint32_t);
  if (size > kMaxRecord) throw Error(ErrorCode::limit, record.name + ": has more than 16 MiB of attributes: exclude it");
  Bytes length;
  append_number(length, static_cast<std::uint32_t>(size));
  std::copy(length.begin(), length.end(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin));
  if (buffer_.size() >= kBuffer) flush();
}

void TreeWriter::end_directory() {
  append_number(buffer_, std::uint32_t{1});
  buffer_.push_back(static_cast<std::byte>(FileKind::end));
}

void TreeWriter::flush() {
  out_.write(buffer_);
  buffer_.clear();
}

TreeReader::TreeReader(std::unique_ptr<Reader> from) : from_(std::move(from)) {}

// Returns whether `size` bytes are available from at_ on.
bool TreeReader::fill(std::size_t size) {
  if (buffer_.size() - at_ >= size) return true;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
  while (buffer_.size() < size) {
    const std::size_t have = buffer_.size();
    // Grows with the bytes read, not with a length that the stream claims.
    buffer_.resize(have + kBuffer);
    const std::size_t got = from_->read(std::span(buffer_).subspan(have));
    buffer_.resize(have + got);
    if (got == 0) return false;
  }
  return true;
}

void TreeReader::check_order(const TreeRecord& record) {
  if (last_names_.empty()) {
    if (record.kind != FileKind::directory || !record.name.empty()) damaged("it does not begin with its root");
    return;
  }
  if (record.kind == FileKind::end) return;
  if (!is_name(record.name)) damaged("a name that no file can have");
  if (record.name <= last_names_.back()) damaged("names are not in order");
  if (record.kind == FileKind::hard_link && record.link >= linked_) damaged("a hard link to a file that comes later or never");
  last_names_.back() = record.name;
}

bool TreeReader::next(TreeRecord& record) {
  if (!begun_) {
    if (!fill(kMagic.size()) || as_text(ByteView(buffer_).first(kMagic.size())) != kMagic)
      damaged("it is no list of files, or of a later version");
    at_ = kMagic.size();
  } else if (last_names_.empty()) {
    if (fill(1)) damaged("something follows its end");
    return false;
  }
  if (!fill(sizeof(std::uint32_t))) damaged("it is cut short");
  const auto size = number_in<std::uint32_t>(ByteView(buffer_).subspan(at_));
  if (size == 0 || size > kMaxRecord || !fill(sizeof size + size)) damaged("it is cut short");
  record = read_record(ByteView(buffer_).subspan(at_ + sizeof size, size));
  at_ += sizeof size + size;
  check_order(record);
  begun_ = true;
  if (record.linked) ++linked_;
  if (record.kind == FileKind::end) {
    last_names_.pop_back();
  } else if (record.kind == FileKind::directory) {
    if (last_names_.size() == kMaxDepth) damaged("folders are nested too deeply");
    last_names_.emplace_back();
  }
  return true;
}

}  // namespace holdfast::files
