#include "driver/files/tar_source.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <filesystem>

#include "base/fd.hpp"
#include "base/host_name.hpp"
#include "base/system_error.hpp"
#include "base/uri.hpp"
#include "driver/files/bundle_writer.hpp"
#include "driver/files/path_filter.hpp"
#include "driver/files/place.hpp"
#include "driver/files/tar_acl.hpp"
#include "driver/files/tar_library.hpp"
#include "driver/files/tar_tree.hpp"

namespace holdfast::files {

namespace {

constexpr std::string_view kTarScheme = "tar:";
constexpr const char* kStandardInput = "/dev/stdin";
constexpr std::size_t kTarBuffer = 256U << 10;
constexpr la_int64_t kEndMark = 1024;  // two blocks of zeros
constexpr std::uint32_t kNanoseconds = 1'000'000'000;
constexpr std::size_t kLongestXattr = 64U << 10;

// A file or pipe; a pipe may be silent for as long as the stall timeout.
class DescriptorReader final : public Reader {
 public:
  DescriptorReader(const std::string& path, const Context& context)
      : path_(path), context_(context), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (!fd_) throw unreadable(path_, errno);
  }
  std::size_t read(std::span<std::byte> out) override {
    for (const auto begin = std::chrono::steady_clock::now();;) {
      context_.check();
      pollfd input{fd_.get(), POLLIN, 0};
      if (::poll(&input, 1, 100) > 0) break;
      if (std::chrono::steady_clock::now() - begin > context_.limits.stall_timeout)
        throw Error(ErrorCode::timeout, path_ + ": no bytes came for " + std::to_string(context_.limits.stall_timeout.count()) + " s");
    }
    ssize_t got = -1;
    do {
      got = ::read(fd_.get(), out.data(), out.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) throw unreadable(path_, errno);
    return static_cast<std::size_t>(got);
  }

 private:
  const std::string path_;
  const Context& context_;
  const Fd fd_;
};

// The path of an entry inside the tree: without a leading "/" and "." parts. Throws for "..", which leads outside.
std::string path_in_tree(const char* name) {
  if (name == nullptr) throw Error(ErrorCode::source, "the archive has an entry without a name");
  const std::string_view all = name;
  std::string path;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('/', at), all.size());
    const std::string_view part = all.substr(at, end - at);
    if (part == "..") throw Error(ErrorCode::source, std::string(all) + ": leads outside of the archive");
    if (!part.empty() && part != ".") path.append(path.empty() ? "" : "/").append(part);
    at = end + 1;
  }
  return path;
}

/// One reading of an archive.
class TarImport {
 public:
  TarImport(std::unique_ptr<Reader> from, std::string shown, PathFilter& filter, BackupWriter& out, Context& context)
      : from_(std::move(from)),
        shown_(std::move(shown)),
        filter_(filter),
        out_(out),
        context_(context),
        buffer_(kTarBuffer),
        tree_(timestamp(context.now())),
        bundle_(std::make_unique<BundleWriter>(1, out)),
        archive_(archive_read_new()) {
    if (!archive_) throw std::bad_alloc();
    archive_read_support_format_tar(archive_.get());
    for (const auto filter_of : {archive_read_support_filter_gzip, archive_read_support_filter_bzip2, archive_read_support_filter_xz,
                                 archive_read_support_filter_zstd, archive_read_support_filter_lz4})
      filter_of(archive_.get());
    check(archive_read_open(archive_.get(), this, nullptr, &TarImport::on_read, nullptr));
  }

  TreeCounts run() {
    la_int64_t end_of_last = 0;
    for (struct archive_entry* entry = nullptr; next(entry); end_of_last = archive_filter_bytes(archive_.get(), 0)) {
      context_.check();
      take(entry);
      check(archive_read_data_skip(archive_.get()));
    }
    if (archive_filter_bytes(archive_.get(), 0) - end_of_last < kEndMark)
      throw Error(ErrorCode::source, shown_ + ": the archive has no end: it was cut, so files may be missing");
    drain();
    bundle_->commit();
    const auto entry = open_tree(out_);
    TreeWriter writer(*entry);
    const TreeCounts counts = tree_.write(writer);
    entry->commit();
    return counts;
  }

 private:
  static Timestamp timestamp(TimePoint time) {
    return {std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count(), 0};
  }

  // No exception may pass through libarchive, which is C.
  static la_ssize_t on_read(struct archive* archive, void* self, const void** data) {
    auto* that = static_cast<TarImport*>(self);
    try {
      const std::size_t got = that->from_->read(that->buffer_);
      *data = that->buffer_.data();
      return static_cast<la_ssize_t>(got);
    } catch (...) {
      that->failure_ = std::current_exception();
      archive_set_error(archive, EIO, "the reader failed");
      return -1;
    }
  }

  // Names that are not UTF-8 are kept as they are, with a warning of libarchive's that means nothing here.
  void check(int code) {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    if (code == ARCHIVE_OK || code == ARCHIVE_EOF) return;
    const std::string said = said_by(archive_.get());
    if (code != ARCHIVE_WARN) throw Error(ErrorCode::source, shown_ + ": can't be read as a tar archive: " + said);
    if (said.find("can't be converted from") == std::string::npos) context_.warn(shown_ + ": " + said);
  }

  bool next(struct archive_entry*& entry) {
    const int code = archive_read_next_header(archive_.get(), &entry);
    check(code);
    return code != ARCHIVE_EOF;
  }

  // The rest of a pipe: the program that writes to it would fail.
  void drain() {
    while (from_->read(buffer_) != 0) continue;
  }

  void take(struct archive_entry* entry) {
    const std::string path = path_in_tree(archive_entry_pathname(entry));
    const bool folder = archive_entry_hardlink(entry) == nullptr && archive_entry_filetype(entry) == AE_IFDIR;
    if (!selected(path, folder)) return;
    if (const char* target = archive_entry_hardlink(entry); target != nullptr) return tree_.link(path, path_in_tree(target));
    TreeRecord record = record_of_entry(entry, path);
    if (record.kind == FileKind::end) return context_.warn(path + ": is of a kind that a backup can't hold: it is left out", path);
    if (record.kind == FileKind::regular) read_file(entry, record);
    tree_.add(path, std::move(record));
  }

  // Whether the filter takes a path. A folder that leads to one is taken too.
  bool selected(const std::string& path, bool folder) {
    bool inside = filter_.included("");
    for (std::size_t end = 0; !path.empty() && end < path.size();) {
      end = std::min(path.find('/', end + 1), path.size());
      const std::string_view part = std::string_view(path).substr(0, end);
      if (filter_.excluded(part)) return false;
      inside = filter_.included(part) || inside;
    }
    return inside || (folder && filter_.leads_to_included(path));
  }

  // libarchive reads "-4.25" as -4 s and 0.25 s.
  static Timestamp time_of(struct archive_entry* entry) {
    const std::int64_t seconds = archive_entry_mtime(entry);
    const auto nanoseconds = static_cast<std::uint32_t>(archive_entry_mtime_nsec(entry));
    if (seconds >= 0 || nanoseconds == 0) return {seconds, nanoseconds};
    return {seconds - 1, kNanoseconds - nanoseconds};
  }

  TreeRecord record_of_entry(struct archive_entry* entry, const std::string& path) {
    TreeRecord record;
    record.kind = kind_of(archive_entry_filetype(entry));
    record.uid = static_cast<std::uint32_t>(archive_entry_uid(entry));
    record.gid = static_cast<std::uint32_t>(archive_entry_gid(entry));
    record.mtime = time_of(entry);
    record.mode = archive_entry_mode(entry) & 07777U;
    if (record.kind == FileKind::symlink) record.target = archive_entry_symlink(entry) == nullptr ? "" : archive_entry_symlink(entry);
    if (record.kind == FileKind::character_device || record.kind == FileKind::block_device) record.device = archive_entry_rdev(entry);
    TarAcls acls = acls_of(entry);
    if (!acls.unknown.empty()) context_.warn(path + ": an ACL names the " + acls.unknown + ", unknown here: the ACL is left out", path);
    if (acls.group_class >= 0) record.mode = (record.mode & ~070U) | static_cast<unsigned>(acls.group_class) << 3U;
    record.xattrs = xattrs_of(entry, path);
    record.xattrs.insert(record.xattrs.end(), acls.attributes.begin(), acls.attributes.end());
    std::ranges::sort(record.xattrs);
    return record;
  }

  Xattrs xattrs_of(struct archive_entry* entry, const std::string& path) {
    std::map<std::string, std::string> found;  // an archive may have each twice, in two forms
    archive_entry_xattr_reset(entry);
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
      if (name == nullptr) continue;
      if (size > kLongestXattr) throw Error(ErrorCode::limit, path + ": has an attribute of more than 64 KiB");
      found[name] = std::string(static_cast<const char*>(value), size);
    }
    return {found.begin(), found.end()};
  }

  BundleWriter& bundle_for(std::uint64_t size) {
    const bool full = bundle_->size() >= kBundleTarget || files_ == kBundleFiles;
    if (full || (size >= kBundleTarget && bundle_->size() != 0)) {
      bundle_->commit();
      bundle_ = std::make_unique<BundleWriter>(bundle_->number() + 1, out_);
      files_ = 0;
    }
    ++files_;
    return *bundle_;
  }

  void read_file(struct archive_entry* entry, TreeRecord& record) {
    Content& content = record.content;
    content.size = static_cast<std::uint64_t>(archive_entry_size(entry));
    BundleWriter& bundle = bundle_for(content.size);
    const bool own_chunk = content.size >= kOwnChunk;
    if (own_chunk) bundle.cut();
    content.offset = bundle.size();
    Xxh3 hash;
    for (;;) {
      const void* data = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;
      const int code = archive_read_data_block(archive_.get(), &data, &size, &offset);
      check(code);
      if (code == ARCHIVE_EOF) break;
      context_.check();
      if (size == 0) continue;
      add_data(content, static_cast<std::uint64_t>(offset), ByteView(static_cast<const std::byte*>(data), size), bundle, hash);
    }
    const std::uint64_t stored = bundle.size() - content.offset;
    content.sparse = stored != content.size;
    if (!content.sparse) content.extents.clear();
    if (stored == 0) {
      content.offset = 0;
    } else {
      content.bundle = bundle.number();
      content.hash = hash.finish();
    }
    if (own_chunk && stored != 0) bundle.cut();
  }

  static void add_data(Content& content, std::uint64_t offset, ByteView data, BundleWriter& bundle, Xxh3& hash) {
    std::vector<Extent>& extents = content.extents;
    const std::uint64_t end = extents.empty() ? 0 : extents.back().offset + extents.back().bytes;
    if (offset < end) throw Error(ErrorCode::source, "the archive gives the same part of a sparse file twice");
    if (extents.empty() || offset != end) {
      if (extents.size() < kMaxExtents) {
        extents.push_back({offset, 0});
      } else {  // from here on, holes count as data
        const Bytes zeros(kTarBuffer);
        for (std::uint64_t left = offset - end; left != 0;) {
          const ByteView part = ByteView(zeros).first(std::min<std::uint64_t>(left, zeros.size()));
          hash.update(part);
          bundle.write(part);
          extents.back().bytes += part.size();
          left -= part.size();
        }
      }
    }
    hash.update(data);
    bundle.write(data);
    extents.back().bytes += data.size();
  }

  std::unique_ptr<Reader> from_;
  const std::string shown_;
  PathFilter& filter_;
  BackupWriter& out_;
  Context& context_;
  Bytes buffer_;
  std::exception_ptr failure_;
  TarTree tree_;
  std::unique_ptr<BundleWriter> bundle_;
  std::size_t files_ = 0;
  TarReader archive_;  // after what its callback uses
};

class ArchiveSource final : public Source {
 public:
  ArchiveSource(OpenArchive open, std::string shown, SourceRecord record, const Selection& selection)
      : open_(std::move(open)), shown_(std::move(shown)), record_(std::move(record)), filter_(selection) {}

  SourceInfo describe(Context&) override { return {.record = record_, .compression = {}}; }

  void backup(BackupWriter& out, Context& context) override {
    const BytesAsTheyAre names;
    out.set_instant(context.now());
    TarImport archive(open_(context), shown_, filter_, out, context);
    const TreeCounts counts = archive.run();
    check_matches(filter_, shown_, context);
    counts.note(out);
  }

 private:
  const OpenArchive open_;
  const std::string shown_;
  const SourceRecord record_;
  PathFilter filter_;
};

// Without the endings of archives: "a.tar.gz" is "a".
std::string series_name(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string();
  for (const std::string_view ending : {".gz", ".bz2", ".xz", ".zst", ".lz4", ".tgz", ".tar"}) {
    if (name.size() > ending.size() && name.ends_with(ending)) name.erase(name.size() - ending.size());
  }
  return percent_encode(name);
}

}  // namespace

bool names_archive(std::string_view uri) { return uri.starts_with(kTarScheme); }

std::unique_ptr<Source> archive_source(OpenArchive open, std::string shown, SourceRecord record, const Selection& selection) {
  return std::make_unique<ArchiveSource>(std::move(open), std::move(shown), std::move(record), selection);
}

std::unique_ptr<Source> archive_source(const std::string& uri, const Selection& selection) {
  const std::string rest = uri.substr(kTarScheme.size());
  const bool standard_input = rest == "-";
  std::optional<std::string> path = percent_decode(rest.starts_with("//") ? rest.substr(2) : rest);
  if (standard_input) path = kStandardInput;
  if (!path || !path->starts_with('/'))
    throw Error(ErrorCode::invalid_argument,
                "an archive is named by an absolute path, as in tar:///srv/files.tar.gz, or is standard input: tar:-");
  SourceRecord record;
  record.uri = standard_input ? uri : std::string(kTarScheme) + uri_of(*path).substr(std::string_view("dir:").size());
  record.driver = "files";
  record.name = standard_input ? "stdin" : series_name(*path);
  record.notes = {{"host", host_name()}};
  const std::string file = *path;
  return archive_source([file](Context& context) { return std::make_unique<DescriptorReader>(file, context); },
                        standard_input ? "standard input" : file, std::move(record), selection);
}

}  // namespace holdfast::files
