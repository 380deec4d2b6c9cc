#include "driver/files/file_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "driver/files/metadata.hpp"

namespace holdfast::files {

namespace {

constexpr int kAttempts = 3;

// Returns the parts of a file that are not holes. Treats a part as data if the system cannot tell.
std::vector<Extent> extents_of(int fd, std::uint64_t size) {
  std::vector<Extent> extents;
  for (std::uint64_t at = 0; at < size;) {
    const off_t data = ::lseek(fd, static_cast<off_t>(at), SEEK_DATA);
    if (data < 0 && errno == ENXIO) return extents;  // a hole up to the end
    const auto begin = data < 0 ? at : static_cast<std::uint64_t>(data);
    if (begin >= size) return extents;
    const off_t hole = data < 0 || extents.size() + 1 == kMaxExtents ? -1 : ::lseek(fd, data, SEEK_HOLE);
    const std::uint64_t end = hole < 0 ? size : std::min(size, static_cast<std::uint64_t>(hole));
    extents.push_back({begin, end - begin});
    at = end;
  }
  return extents;
}

bool same_state(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && mtime_of(a) == mtime_of(b) && ctime_of(a) == ctime_of(b);
}

// Shortens the file to the bytes that still existed when it was read.
void cut_to(Content& content, std::uint64_t stored) {
  if (!content.sparse) {
    content.size = stored;
    return;
  }
  for (std::size_t i = 0; i < content.extents.size(); ++i) {
    Extent& extent = content.extents[i];
    if (stored >= extent.bytes) {
      stored -= extent.bytes;
      continue;
    }
    extent.bytes = stored;
    content.size = extent.offset + stored;
    content.extents.resize(i + (stored == 0 ? 0 : 1));
    return;
  }
}

}  // namespace

FileReader::FileReader(int root, std::string shown, const ReadOptions& options, BackupWriter& out, const Context& context)
    : root_(root), shown_(std::move(shown)), options_(options), out_(out), context_(context), folders_(root_), buffer_(kFileBuffer) {}

void FileReader::read(ReadJob& job, const std::stop_token& stop) {
  stop_ = stop;
  BundleWriter bundle(job.bundle, out_);
  for (ReadTask& task : job.tasks) read_file(task, bundle);
  bundle.commit();
  job.done = true;
}

// The bytes of a file that can't be read to its end stay in the bundle without a reference.
void FileReader::read_file(ReadTask& task, BundleWriter& bundle) {
  try {
    read_stable(task, bundle);
  } catch (const Unreadable& error) {
    if (options_.on_unreadable == OnUnreadable::fail || !error.only_this_file()) throw;
    context_.warn(left_out(error), join_path(shown_, task.path));
    task.left_out = true;
  }
}

void FileReader::read_stable(ReadTask& task, BundleWriter& bundle) {
  const std::string shown = join_path(shown_, task.path);
  // The bytes of a failed attempt stay in the bundle without a reference. A large file therefore has only one attempt.
  const int attempts = task.record.content.size <= kBundleTarget ? kAttempts : 1;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    context_.check();
    if (read_once(task, bundle)) return;
  }
  const std::string what = shown + ": changed while it was read";
  if (options_.on_change == OnChange::fail)
    throw Error(ErrorCode::source, what + ": back up when nobody writes to it, exclude it, or allow it with changed=warn");
  context_.warn(what + ": the stored bytes may mix old and new contents", shown);
  task.record.changed = true;
}

Fd FileReader::open(const std::string& path) {
  const auto [folder, name] = split_path(path);
  const int at = folders_.open(folder);
  if (at < 0) return {};
  const std::string last(name);
  // O_NONBLOCK: a pipe that replaced the file must not block. O_NOATIME: reading leaves no trace, if that is permitted.
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  Fd fd(::openat(at, last.c_str(), kFlags | O_NOATIME));
  if (!fd && errno == EPERM) fd = Fd(::openat(at, last.c_str(), kFlags));
  return fd;
}

// Returns whether the file stayed unchanged while it was read, or no longer exists.
bool FileReader::read_once(ReadTask& task, BundleWriter& bundle) {
  const std::string shown = join_path(shown_, task.path);
  const Fd fd = open(task.path);
  struct stat before {};
  if (!fd || ::fstat(fd.get(), &before) != 0) {
    if (vanished(errno) || errno == ENXIO) return task.vanished = true;  // ENXIO: it is a socket now
    throw unreadable(shown, errno);
  }
  if (!S_ISREG(before.st_mode)) return task.vanished = true;
  const bool linked = task.record.linked;
  task.record = record_of(before, std::move(task.record.name));
  task.record.linked = linked;
  task.record.xattrs = read_xattrs(fd.get(), shown);
  Content& content = task.record.content;
  content.sparse = static_cast<std::uint64_t>(before.st_blocks) * 512 < content.size;
  if (content.sparse) content.extents = extents_of(fd.get(), content.size);
  const bool own_chunk = content.stored() >= kOwnChunk;
  if (own_chunk) bundle.cut();
  content.offset = bundle.size();
  Xxh3 hash;
  bool whole = true;
  for (const Extent& extent : content.stretches()) whole = whole && copy_extent(fd.get(), extent, shown, bundle, hash);
  const std::uint64_t stored = bundle.size() - content.offset;
  if (!whole) cut_to(content, stored);
  if (own_chunk) bundle.cut();
  if (stored == 0) {
    content.offset = 0;
  } else {
    content.bundle = bundle.number();
    content.hash = hash.finish();
  }
  struct stat after {};
  if (::fstat(fd.get(), &after) != 0) throw unreadable(shown, errno);
  return whole && same_state(before, after);
}

// Returns false if the file ended early.
bool FileReader::copy_extent(int fd, const Extent& extent, const std::string& shown, BundleWriter& bundle, Xxh3& hash) {
  for (std::uint64_t done = 0; done < extent.bytes;) {
    if (stop_.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    const std::size_t want = std::min<std::uint64_t>(buffer_.size(), extent.bytes - done);
    const ssize_t got = ::pread(fd, buffer_.data(), want, static_cast<off_t>(extent.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw unreadable(shown, errno);
    if (got == 0) return false;
    const ByteView data = ByteView(buffer_).first(static_cast<std::size_t>(got));
    hash.update(data);
    bundle.write(data);
    done += data.size();
  }
  return true;
}

}  // namespace holdfast::files
