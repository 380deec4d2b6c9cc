#include "driver/files/file_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/system_error.hpp"
#include "driver/files/compare_xattrs.hpp"

namespace holdfast::files {

void remove_leftover(int folder, const std::string& name, const std::string& shown) {
  if (::unlinkat(folder, name.c_str(), 0) != 0 && errno != ENOENT) throw system_error("can't replace " + shown, errno);
}

FileWriter::FileWriter(int root, std::string shown, const WriteOptions& options, const Bundles& bundles, const Context& context)
    : root_(root),
      shown_(std::move(shown)),
      bundles_(bundles),
      context_(context),
      resume_(options.resume),
      metadata_(options.owner),
      folders_(root_),
      buffer_(kFileBuffer),
      content_(context) {}

void FileWriter::write(WriteJob& job, const std::stop_token& stop) {
  std::erase_if(job.tasks, [this](const WriteTask& task) { return keep(task); });
  if (job.tasks.empty()) return;
  std::sort(job.tasks.begin(), job.tasks.end(),
            [](const WriteTask& a, const WriteTask& b) { return a.record.content.offset < b.record.content.offset; });
  BundleStream stream(bundles_.open(job.bundle), bundle_name(job.bundle), buffer_, context_, stop);
  for (const WriteTask& task : job.tasks) write_file(task, stream);
  stream.drain();
}

void FileWriter::write_empty(const WriteTask& task) {
  if (!keep(task)) finish_file(create(task), task);
}

bool FileWriter::keep(const WriteTask& task) {
  if (!resume_) return false;
  const auto [folder, name] = split_path(task.path);
  const int at = folders_.open(folder);
  const Fd fd(at < 0 ? -1 : ::openat(at, std::string(name).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd || !is_complete(fd, task)) return false;
  ++kept_;
  return true;
}

// Only what equals a restored file in everything is kept, untouched: somebody else may have put it there and may still
// write to it, or it may have other names outside.
bool FileWriter::is_complete(const Fd& fd, const WriteTask& task) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1) return false;
  const TreeRecord now = record_of(status, task.record.name);
  const TreeRecord& wanted = task.record;
  if (now.content.size != wanted.content.size || now.mtime != wanted.mtime || now.mode != wanted.mode) return false;
  if (!metadata_.has_owner(now, wanted)) return false;
  XattrComparison xattrs;
  const bool same =
      xattrs.differences(wanted.xattrs, read_xattrs(fd.get(), shown(task.path)), [](const std::string&) { return true; }).empty();
  return same && xattrs.warnings().empty() && content_.same_bytes(fd.get(), wanted.content, shown(task.path));
}

Fd FileWriter::create(const WriteTask& task) {
  const auto [folder, name] = split_path(task.path);
  const int at = folders_.open(folder);
  if (resume_ && at >= 0) remove_leftover(at, std::string(name), shown(task.path));
  Fd fd(at < 0 ? -1 : ::openat(at, std::string(name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) throw system_error("can't make " + shown(task.path), errno);
  return fd;
}

void FileWriter::write_file(const WriteTask& task, BundleStream& stream) {
  const Content& content = task.record.content;
  stream.skip_to(content.offset);
  const Fd fd = create(task);
  Xxh3 hash;
  for (const Extent& extent : content.stretches()) write_extent(fd.get(), extent, shown(task.path), stream, hash);
  if (hash.finish() != content.hash) throw Error(ErrorCode::corrupt, shown(task.path) + ": is not what was read: its hash does not match");
  finish_file(fd, task);
}

void FileWriter::write_extent(int fd, const Extent& extent, const std::string& shown, BundleStream& stream, Xxh3& hash) {
  for (std::uint64_t done = 0; done < extent.bytes;) {
    ByteView data = stream.take(extent.bytes - done);
    hash.update(data);
    while (!data.empty()) {
      const ssize_t put = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(extent.offset + done));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) throw system_error("can't write " + shown, errno);
      data = data.subspan(static_cast<std::size_t>(put));
      done += static_cast<std::size_t>(put);
    }
  }
}

void FileWriter::finish_file(const Fd& fd, const WriteTask& task) {
  const Content& content = task.record.content;
  if (content.sparse && ::ftruncate(fd.get(), static_cast<off_t>(content.size)) != 0) {
    throw system_error("can't set the size of " + shown(task.path), errno);
  }
  metadata_.apply(fd.get(), task.record, shown(task.path));
}

}  // namespace holdfast::files
