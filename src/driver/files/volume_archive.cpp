#include "driver/files/volume_archive.hpp"

#include <cerrno>
#include <exception>
#include <filesystem>

#include "base/uri.hpp"
#include "container/volume_helper.hpp"
#include "driver/files/tar_export.hpp"
#include "driver/files/tar_library.hpp"
#include "driver/files/tar_source.hpp"

namespace holdfast::files {

namespace {

using container::VolumeHelper;

class HelpedReader final : public Reader {
 public:
  HelpedReader(const VolumePlace& place, const Context& context)
      : helper_(place.socket, place.name, VolumeHelper::Access::read, context), archive_(helper_.read()) {}
  std::size_t read(std::span<std::byte> out) override { return archive_->read(out); }

 private:
  VolumeHelper helper_;
  std::unique_ptr<Reader> archive_;
};

class CountingWriter final : public Writer {
 public:
  explicit CountingWriter(Writer& to) : to_(to) {}
  void write(ByteView data) override {
    to_.write(data);
    bytes_ += data.size();
  }
  void commit() override { to_.commit(); }
  std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  Writer& to_;
  std::uint64_t bytes_ = 0;
};

// The bytes of an archive for libarchive, which is C: no exception may pass through it.
struct ArchiveBytes {
  Reader& from;
  Bytes buffer = Bytes(64U << 10);
  std::exception_ptr failure = {};

  static la_ssize_t read(struct archive* archive, void* self, const void** data) {
    auto* that = static_cast<ArchiveBytes*>(self);
    try {
      *data = that->buffer.data();
      return static_cast<la_ssize_t>(that->from.read(that->buffer));
    } catch (...) {
      that->failure = std::current_exception();
      archive_set_error(archive, EIO, "the reader failed");
      return -1;
    }
  }
};

// Whether an archive has more than the entry of its root.
bool has_files(Reader& from, const std::string& shown) {
  const BytesAsTheyAre names;
  ArchiveBytes bytes{from};
  const TarReader archive(archive_read_new());
  if (!archive) throw std::bad_alloc();
  archive_read_support_format_tar(archive.get());
  int code = archive_read_open(archive.get(), &bytes, nullptr, &ArchiveBytes::read, nullptr);
  for (struct archive_entry* entry = nullptr; code == ARCHIVE_OK || code == ARCHIVE_WARN;) {
    code = archive_read_next_header(archive.get(), &entry);
    if (code == ARCHIVE_EOF) return false;
    const char* name = code == ARCHIVE_OK || code == ARCHIVE_WARN ? archive_entry_pathname(entry) : nullptr;
    if (name != nullptr && (std::filesystem::path(".") / name).lexically_normal() != ".") return true;
  }
  if (bytes.failure) std::rethrow_exception(bytes.failure);
  throw Error(ErrorCode::source, shown + ": can't be read as a tar archive: " + said_by(archive.get()));
}

void require_options_of_archives(const VolumePlace& place, const SourceOptions& options) {
  const bool needs_folder = options.walk.one_file_system || options.walk.markers.caches || !options.walk.markers.name.empty() ||
                            options.read.on_change == OnChange::fail || options.read.on_unreadable != OnUnreadable::fail;
  if (needs_folder)
    throw Error(ErrorCode::unsupported, "the folder of the volume " + place.name +
                                            " can't be read, only its archive: leave out the options " +
                                            "one_file_system, changed, unreadable, exclude_caches and exclude_if_present");
}

// What an engine leaves out of the archives that it makes, see docs/containers.md.
std::string lacking(const VolumePlace& place) {
  const bool podman = place.scheme == "podman-volume";
  return std::string(podman ? "owners (all files are root's)" : "extended attributes") + ", ACLs and fractions of times";
}

std::string shown(const VolumePlace& place) { return "the archive of the volume " + place.name; }

}  // namespace

std::unique_ptr<Source> volume_archive_source(VolumePlace place, SourceRecord record, const Selection& selection,
                                              const SourceOptions& options) {
  require_options_of_archives(place, options);
  record.notes["volume_read"] = "archive";
  const std::string name = shown(place);
  const OpenArchive open = [place = std::move(place)](Context& context) {
    context.warn("the volume " + place.name + " is read as an archive, which lacks " + lacking(place), place.name);
    return std::make_unique<HelpedReader>(place, context);
  };
  return archive_source(open, name, std::move(record), selection);
}

void require_empty_archive(const VolumePlace& place, Context& context) {
  HelpedReader reader(place, context);
  if (has_files(reader, shown(place)))
    throw Error(ErrorCode::invalid_state,
                "the volume " + place.name + " is not empty: restore into a new or empty one, or empty it first with empty=yes");
}

RestoreReport restore_archive(const VolumePlace& place, bool made, const BackupView& backup, const RestoreOptions& options,
                              Context& context) {
  RestoreReport report;
  try {
    VolumeHelper helper(place.socket, place.name, VolumeHelper::Access::write, context);
    const std::unique_ptr<Writer> upload = helper.write();
    CountingWriter counted(*upload);
    export_tar(backup, options.selection, counted, context);
    counted.commit();
    report.bytes = counted.bytes();
    report.entries = backup.entries().size();
  } catch (const Error& error) {
    container::Engine engine(place.socket, container::Engine::bounds_of_ending(std::chrono::seconds(60)));
    if (made && engine.ask("DELETE", "/volumes/" + percent_encode(place.name)).ok()) throw;
    throw Error(error.code(), error.message() + "; the volume " + place.name + " is only partly restored", error.retryable());
  }
  report.warnings.push_back("the engine unpacked the volume " + place.name +
                            " and may have left out attributes of files; the folder itself keeps its own");
  return report;
}

void make_volume_anew(container::Engine& engine, const container::Volume& volume) {
  engine.must("can't empty the volume " + volume.name + ", whose folder can't be reached here, by making it anew", "DELETE",
              "/volumes/" + percent_encode(volume.name));
  container::create_volume(engine, volume);
}

}  // namespace holdfast::files
