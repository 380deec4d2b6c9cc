#include "driver/files/tar_export.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <exception>
#include <list>

#include "base/xxh3.hpp"
#include "driver/files/bundle_stream.hpp"
#include "driver/files/left_out.hpp"
#include "driver/files/selected_tree.hpp"
#include "driver/files/tar_acl.hpp"
#include "driver/files/tar_library.hpp"
#include "driver/files/tree_restore.hpp"

namespace holdfast::files {

namespace {

constexpr int kTarBlock = 256 << 10;     // written in one call
constexpr std::size_t kOpenBundles = 8;  // unchanged files of several earlier backups alternate

// Reads files from the bundles of a backup. Files follow each other in most bundles, so the last used ones stay open.
class BundleCache {
 public:
  BundleCache(const BackupView& backup, const Context& context) : bundles_(backup), context_(context), buffer_(kFileBuffer) {}

  BundleStream& at(const Content& content) {
    auto found = std::ranges::find(open_, content.bundle, &Open::number);
    if (found != open_.end() && found->stream->at() > content.offset) {
      open_.erase(found);
      found = open_.end();
    }
    if (found == open_.end()) {
      if (open_.size() == kOpenBundles) open_.pop_back();
      auto stream = std::make_unique<BundleStream>(bundles_.open(content.bundle), bundle_name(content.bundle), buffer_, context_);
      open_.push_front({content.bundle, std::move(stream)});
    } else {
      open_.splice(open_.begin(), open_, found);
    }
    open_.front().stream->skip_to(content.offset);
    return *open_.front().stream;
  }

 private:
  struct Open {
    std::uint32_t number;
    std::unique_ptr<BundleStream> stream;
  };
  Bundles bundles_;
  const Context& context_;
  Bytes buffer_;
  std::list<Open> open_;  // the last used one first
};

mode_t type_of(FileKind kind) {
  switch (kind) {
    case FileKind::directory: return S_IFDIR;
    case FileKind::symlink: return S_IFLNK;
    case FileKind::fifo: return S_IFIFO;
    case FileKind::character_device: return S_IFCHR;
    case FileKind::block_device: return S_IFBLK;
    default: return S_IFREG;
  }
}

std::string name_in_tar(const std::string& path) { return path.empty() ? "./" : "./" + path; }

class TarExport {
 public:
  TarExport(const BackupView& backup, Writer& out, Context& context)
      : out_(out), context_(context), bundles_(backup, context), archive_(archive_write_new()), zeros_(kFileBuffer) {
    if (!archive_) throw std::bad_alloc();
    require(archive_write_set_format_pax(archive_.get()));
    require(archive_write_set_options(archive_.get(), "pax:xattrheader=SCHILY"));
    require(archive_write_set_bytes_per_block(archive_.get(), kTarBlock));
    require(archive_write_set_bytes_in_last_block(archive_.get(), 10240));
    require(archive_write_open2(archive_.get(), this, nullptr, &TarExport::on_bytes, nullptr, nullptr));
  }

  void add(const SelectedTree::Item& item) {
    const TarEntry entry = entry_of(item);
    require(archive_write_header(archive_.get(), entry.get()));
    if (item.record.kind == FileKind::regular && item.record.content.size != 0) write_file(item.record.content, item.path);
    require(archive_write_finish_entry(archive_.get()));
  }
  void finish() { require(archive_write_close(archive_.get())); }

 private:
  // No exception may pass through libarchive, which is C.
  static la_ssize_t on_bytes(struct archive* archive, void* self, const void* data, std::size_t size) {
    auto* that = static_cast<TarExport*>(self);
    try {
      that->out_.write(ByteView(static_cast<const std::byte*>(data), size));
      return static_cast<la_ssize_t>(size);
    } catch (...) {
      that->failure_ = std::current_exception();
      archive_set_error(archive, EIO, "the writer failed");
      return -1;
    }
  }

  void require(int code) {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    // A name that is not UTF-8 is written as it is, and marked so.
    if (code == ARCHIVE_WARN && said_by(archive_.get()).find("translate") != std::string::npos) return;
    if (code != ARCHIVE_OK) throw Error(ErrorCode::target, "can't write the archive: " + said_by(archive_.get()));
  }

  TarEntry entry_of(const SelectedTree::Item& item) {
    const TreeRecord& record = item.record;
    TarEntry entry(archive_entry_new());
    if (!entry) throw std::bad_alloc();
    archive_entry_copy_pathname(entry.get(), name_in_tar(item.path).c_str());
    archive_entry_set_mode(entry.get(), type_of(record.kind) | record.mode);
    archive_entry_set_uid(entry.get(), record.uid);
    archive_entry_set_gid(entry.get(), record.gid);
    set_time(entry.get(), record.mtime);
    archive_entry_set_size(entry.get(), 0);
    switch (record.kind) {
      case FileKind::hard_link: archive_entry_copy_hardlink(entry.get(), name_in_tar(item.link_to).c_str()); return entry;
      case FileKind::symlink: archive_entry_copy_symlink(entry.get(), record.target.c_str()); break;
      case FileKind::regular: set_size(entry.get(), record.content); break;
      default: archive_entry_set_rdev(entry.get(), record.device); break;
    }
    for (const auto& [name, value] : record.xattrs) {
      if (is_acl(name)) {
        add_acl(entry.get(), name, value);
      } else if (name.find('=') != std::string::npos) {  // it would end the name
        context_.warn(item.path + ": a tar archive can't hold its attribute " + name + ", which is left out", item.path);
      } else {
        archive_entry_xattr_add_entry(entry.get(), name.c_str(), value.data(), value.size());
      }
    }
    return entry;
  }

  // libarchive writes -4 s and 0.25 s as "-4.25", which others read as it is written. A time in the second before 1970
  // can't be written so: it loses its fraction.
  static void set_time(struct archive_entry* entry, Timestamp time) {
    if (time.seconds == -1) time.nanoseconds = 0;
    if (time.seconds < -1 && time.nanoseconds != 0) time = {time.seconds + 1, 1'000'000'000 - time.nanoseconds};
    archive_entry_set_mtime(entry, time.seconds, static_cast<long>(time.nanoseconds));
  }

  static void set_size(struct archive_entry* entry, const Content& content) {
    const auto size = static_cast<la_int64_t>(content.size);
    archive_entry_set_size(entry, size);
    if (!content.sparse) return;
    for (const Extent& extent : content.extents)
      archive_entry_sparse_add_entry(entry, static_cast<la_int64_t>(extent.offset), static_cast<la_int64_t>(extent.bytes));
    const bool ends_in_hole = content.extents.empty() || content.extents.back().offset + content.extents.back().bytes < content.size;
    if (ends_in_hole) archive_entry_sparse_add_entry(entry, size, 0);
  }

  void write_file(const Content& content, const std::string& path) {
    std::uint64_t at = 0;
    Xxh3 hash;
    BundleStream* stream = content.bundle == 0 ? nullptr : &bundles_.at(content);
    for (const Extent& extent : content.stretches()) {
      if (stream == nullptr && extent.bytes != 0) throw Error(ErrorCode::corrupt, path + ": has bytes, but no bundle");
      write_hole(extent.offset - at);
      for (std::uint64_t left = extent.bytes; left != 0;) {
        const ByteView data = stream->take(left);
        hash.update(data);
        put(data);
        left -= data.size();
      }
      at = extent.offset + extent.bytes;
    }
    write_hole(content.size - at);
    if (stream != nullptr && hash.finish() != content.hash)
      throw Error(ErrorCode::corrupt, path + ": is not what was read: its hash does not match");
  }

  // libarchive takes the bytes of holes, too, and leaves them out itself.
  void write_hole(std::uint64_t bytes) {
    for (; bytes != 0; bytes -= std::min<std::uint64_t>(bytes, zeros_.size())) {
      context_.check();
      put(ByteView(zeros_).first(std::min<std::uint64_t>(bytes, zeros_.size())));
    }
  }

  void put(ByteView data) {
    while (!data.empty()) {
      const la_ssize_t put = archive_write_data(archive_.get(), data.data(), data.size());
      require(put > 0 ? ARCHIVE_OK : ARCHIVE_FATAL);
      data = data.subspan(static_cast<std::size_t>(put));
    }
  }

  Writer& out_;
  Context& context_;
  BundleCache bundles_;
  std::exception_ptr failure_;
  TarWriter archive_;  // after what its callback uses
  const Bytes zeros_;
};

}  // namespace

void export_tar(const BackupView& backup, const Selection& selection, Writer& out, Context& context) {
  const BytesAsTheyAre names;
  PathFilter filter(selection, path_in(backup));
  SelectedTree tree(backup.open(list_of(backup)), filter);
  TarExport archive(backup, out, context);
  for (SelectedTree::Item item; tree.next(item);) {
    context.check();
    if (!item.leave) archive.add(item);
  }
  check_matches(filter, "backup " + backup.manifest().id, context);
  archive.finish();
  if (const auto missing = missing_from(backup.source())) context.warn(*missing);
}

}  // namespace holdfast::files
