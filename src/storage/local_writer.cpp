#include "storage/local_writer.hpp"

#include <fcntl.h>

#include <cerrno>
#include <ctime>
#include <utility>

#include "storage/local_list.hpp"
#include "storage/object_name.hpp"

namespace holdfast {

namespace {

constexpr std::uint64_t kWritebackStep = 8U << 20;
constexpr std::time_t kStaleSeconds = 24 * 60 * 60;

bool no_hard_links(int error_number) {
  return error_number == EPERM || error_number == EOPNOTSUPP || error_number == ENOSYS || error_number == EMLINK;
}

bool gone(int error_number) { return error_number == ENOENT || error_number == ESTALE; }

}  // namespace

LocalWriter::LocalWriter(std::shared_ptr<LocalTree> tree, std::string_view name) : tree_(std::move(tree)), name_(name) { make_temp(); }

void LocalWriter::make_temp() {
  for (int attempt = 0; attempt < kRaceAttempts; ++attempt) {
    temp_directory_ = tree_->make(kTempFolder);
    std::string name = random_leaf();
    file_ = tree_->open(*temp_directory_, name.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (file_) {
      temp_ = std::move(name);
      return give_temp();
    }
    if (!gone(errno)) break;
    tree_->forget(kTempFolder);
  }
  fail(errno);
}

void LocalWriter::give_temp() {
  try {
    tree_->give(file_, name_, tree_->access().file_mode());
  } catch (...) {
    discard();
    throw;
  }
}

void LocalWriter::write(ByteView data) {
  if (!file_) throw Error(ErrorCode::invalid_state, "can't write '" + name_ + "': its writer failed or was committed");
  while (!data.empty()) {
    const ssize_t count = tree_->calls().write(file_.get(), data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail(count == 0 ? EIO : errno);
    data = data.subspan(static_cast<std::size_t>(count));
    written_ += static_cast<std::uint64_t>(count);
  }
  start_writeback();
}

/// Lets the disk work while data arrives, so that the final fsync has little left to do.
void LocalWriter::start_writeback() {
  if (written_ - writeback_started_ < kWritebackStep) return;
  const auto from = static_cast<off_t>(std::exchange(writeback_started_, written_));
  if (tree_->calls().start_writeback(file_.get(), from, static_cast<off_t>(written_) - from) == 0) return;
  // A file system may not know this hint; but a disk error reported here is an error.
  if (errno == EIO || errno == ENOSPC || errno == EDQUOT) fail(errno);
}

void LocalWriter::commit() {
  if (publish() == PutResult::already_exists)
    throw tree_->error("store", name_, ErrorCode::already_exists, "an object of that name exists");
}

PutResult LocalWriter::publish() {
  if (!file_) throw Error(ErrorCode::invalid_state, "can't commit '" + name_ + "': its writer failed or was committed");
  try {
    seal();
    const PutResult result = give_name();
    discard();
    return result;
  } catch (...) {
    discard();
    throw;
  }
}

void LocalWriter::seal() {
  if (tree_->calls().fsync(file_.get()) != 0) fail(errno);
  // A backup is rarely read soon. Its pages must not displace those of the database that is being read, and can be
  // reused more cheaply.
  if (written_ >= kWritebackStep) tree_->calls().drop_cached(file_.get());
  if (tree_->calls().close(file_.release()) != 0 && errno != EINTR) fail(errno);
}

PutResult LocalWriter::give_name() {
  const ObjectPlace place = place_of(name_);
  for (int attempt = 0; attempt < kRaceAttempts; ++attempt) {
    const LocalTree::Directory directory = tree_->make(place.directory);
    const int error_number = link_or_rename(*directory, place.leaf.c_str());
    if (error_number == EEXIST) return name_taken(*directory, place);
    if (error_number == 0) {
      make_entry_durable(*directory, place);
      return PutResult::created;
    }
    if (!gone(error_number)) fail(error_number);
    check_temp();
    tree_->forget(place.directory);  // a remove() removed the directory because it was empty
  }
  throw Error(ErrorCode::conflict, "can't store '" + name_ + "': somebody keeps removing its directory", true);
}

/// Returns 0 or errno.
int LocalWriter::link_or_rename(const Fd& directory, const char* leaf) {
  const FileCalls& calls = tree_->calls();
  if (calls.link(temp_directory_->get(), temp_.c_str(), directory.get(), leaf) == 0) return 0;
  if (!no_hard_links(errno)) return errno;
  const int link_error = errno;
  if (calls.rename_new(temp_directory_->get(), temp_.c_str(), directory.get(), leaf) == 0) {
    temp_.clear();
    return 0;
  }
  if (errno == EINVAL || errno == ENOSYS)
    throw tree_->error("store", name_, ErrorCode::unsupported,
                       "this file system has neither hard links nor a rename that refuses to overwrite; use another one");
  return errno == EPERM ? link_error : errno;
}

PutResult LocalWriter::name_taken(const Fd& directory, const ObjectPlace& place) {
  struct stat status {};
  if (tree_->calls().status(directory.get(), place.leaf.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
    throw tree_->error("store", name_, ErrorCode::unsupported, "it is a directory that holds other objects");
  // The process that linked it may not have synced the directory yet, and our caller may rely on the object from now
  // on.
  tree_->sync(directory, place.directory);
  return PutResult::already_exists;
}

/// Throws if the temporary file is gone.
void LocalWriter::check_temp() {
  struct stat status {};
  if (tree_->calls().status(temp_directory_->get(), temp_.c_str(), &status) == 0 || errno != ENOENT) return;
  temp_.clear();
  tree_->check_root();
  throw tree_->error("store", name_, ErrorCode::io, "somebody removed its temporary file from the folder .tmp");
}

void LocalWriter::make_entry_durable(const Fd& directory, const ObjectPlace& place) {
  try {
    tree_->sync(directory, place.directory);
  } catch (...) {
    // Whether the object would survive is unknown, so the call reports a failure; and a failed object must not be
    // visible.
    tree_->calls().unlink(directory.get(), place.leaf.c_str());
    throw;
  }
}

void LocalWriter::discard() noexcept {
  file_.reset();
  if (!temp_.empty()) tree_->calls().unlink(temp_directory_->get(), temp_.c_str());
  temp_.clear();
}

void LocalWriter::fail(int error_number) {
  discard();
  throw tree_->error("store", name_, error_number);
}

void remove_stale_temps(LocalTree& tree) noexcept {
  try {
    const LocalTree::Directory directory = tree.find(kTempFolder);
    if (!directory) return;
    const std::vector<DirectoryEntry> entries = read_entries(tree, *directory, kTempFolder);
    if (entries.empty()) return;
    // The file system that dated the other files also tells the current time, so a wrong clock here or on a file server
    // does no harm.
    const std::string probe = random_leaf();
    struct stat now {};
    const Fd file = tree.open(*directory, probe.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!file) return;
    const bool dated = ::fstat(file.get(), &now) == 0;
    tree.calls().unlink(directory->get(), probe.c_str());
    for (const DirectoryEntry& entry : entries) {
      struct stat status {};
      if (!dated || tree.calls().status(directory->get(), entry.name.c_str(), &status) != 0) continue;
      if (S_ISREG(status.st_mode) && status.st_mtime < now.st_mtime - kStaleSeconds)
        tree.calls().unlink(directory->get(), entry.name.c_str());
    }
  } catch (...) {
  }
}

}  // namespace holdfast
