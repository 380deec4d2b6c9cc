#include "driver/files/unfinished_mark.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/system_error.hpp"
#include "base/uri.hpp"
#include "driver/files/walk.hpp"

namespace holdfast::files {

namespace {

constexpr std::string_view kFirstLine = "holdfast restore 1\nbackup ";

// Two restores with the same text make the same tree.
std::string text_of(const BackupView& backup, const RestoreOptions& options) {
  std::string text(kFirstLine);
  text += backup.manifest().id + "\nsource " + backup.source().uri + "\nowner " + (options.owner ? "yes" : "no") + "\n";
  for (const std::string& pattern : options.selection.include) text += "include " + percent_encode(pattern) + "\n";
  for (const std::string& pattern : options.selection.exclude) text += "exclude " + percent_encode(pattern) + "\n";
  return text;
}

}  // namespace

Error nothing_to_resume(const std::string& shown) {
  return Error(ErrorCode::invalid_state, shown + ": has nothing to resume: restore without the option to resume");
}

UnfinishedMark::UnfinishedMark(int root, std::string shown, const BackupView& backup, const RestoreOptions& options)
    : root_(root), shown_(std::move(shown)), text_(text_of(backup, options)) {}

void UnfinishedMark::make() {
  fd_ = Fd(::openat(root_, kUnfinishedMark.data(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd_) throw system_error("can't write into " + shown_, errno);
  lock();
  for (std::string_view rest = text_; !rest.empty();) {
    const ssize_t put = ::write(fd_.get(), rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw system_error("can't write the mark of an unfinished restore in " + shown_, errno);
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  // After a power failure it must say what the restored files belong to.
  if (::fsync(fd_.get()) != 0 && errno != EINVAL) throw system_error("can't write the mark of an unfinished restore in " + shown_, errno);
}

void UnfinishedMark::resume() {
  fd_ = Fd(::openat(root_, kUnfinishedMark.data(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd_ && errno != ENOENT) throw system_error("can't read the mark of an unfinished restore in " + shown_, errno);
  if (fd_) lock();
  struct stat status {};
  const bool there = fd_ && ::fstat(fd_.get(), &status) == 0 && status.st_nlink != 0;
  if (!there) throw nothing_to_resume(shown_);
  const std::string found = read();
  if (found == text_) return;
  if (text_.starts_with(found) && is_alone()) {  // interrupted before it began
    remove();
    return make();
  }
  if (!found.starts_with(kFirstLine))
    throw Error(ErrorCode::invalid_state, shown_ + ": its mark does not say which restore did not finish: empty it and restore again");
  const std::string id = found.substr(kFirstLine.size(), found.find('\n', kFirstLine.size()) - kFirstLine.size());
  throw Error(ErrorCode::invalid_state, shown_ + ": holds another restore that did not finish, of backup " + id +
                                            " or with other options: resume with the same ones, or empty it");
}

void UnfinishedMark::remove() {
  if (::unlinkat(root_, kUnfinishedMark.data(), 0) != 0) {
    throw system_error("can't remove the mark of an unfinished restore in " + shown_, errno);
  }
}

bool UnfinishedMark::is_alone() const {
  const Fd folder(::openat(root_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) throw system_error("can't open " + shown_, errno);
  return sorted_names(folder, shown_).size() == 1;
}

// Not every file system has locks.
void UnfinishedMark::lock() {
  if (::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  throw Error(ErrorCode::conflict, shown_ + ": another restore into it still runs: wait for its end");
}

std::string UnfinishedMark::read() const {
  std::string text;
  std::array<char, 4096> buffer{};
  // No more than what tells the difference.
  while (text.size() <= text_.size() + buffer.size()) {
    const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_error("can't read the mark of an unfinished restore in " + shown_, errno);
    if (got == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace holdfast::files
