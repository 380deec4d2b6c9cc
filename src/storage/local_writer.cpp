#include "storage/local_writer.hpp"

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <thread>
#include <utility>

#include "storage/local_list.hpp"
#include "storage/object_name.hpp"

namespace holdfast {

namespace {

constexpr std::uint64_t kWritebackStep = 8U << 20;
constexpr std::chrono::milliseconds kPause{50};
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
    leave_nothing();
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
    leave_nothing();
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
  const char* conflict = "";
  for (int attempt = 0; attempt < kRaceAttempts; ++attempt) {
    const LocalTree::Directory directory = tree_->make(place.directory);
    const int error_number = link_or_rename(*directory, place.leaf.c_str());
    if (error_number == 0) {
      make_entry_durable(*directory, place);
      return PutResult::created;
    }
    claim_.reset();
    if (error_number == EEXIST) {
      if (const auto result = name_taken(*directory, place)) return *result;
      conflict = "another writer is storing it, or died while it did: try again, at the latest in a day";
      std::this_thread::sleep_for(kPause);
      continue;
    }
    if (!gone(error_number)) fail(error_number);
    check_temp();
    conflict = "somebody keeps removing its directory";
    tree_->forget(place.directory);  // a remove() removed the directory because it was empty
  }
  throw Error(ErrorCode::conflict, "can't store '" + name_ + "': " + conflict, true);
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
  if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) return claim_and_rename(directory, leaf);
  return errno == EPERM ? link_error : errno;
}

/// Returns 0 or errno; EEXIST also if another writer has the claim. After 0 the claim is to be released when the entry
/// is durable.
int LocalWriter::claim_and_rename(const Fd& directory, const char* leaf) {
  const FileCalls& calls = tree_->calls();
  tree_->note_claims();
  claim_.emplace(*tree_, temp_directory_, name_);
  if (claim_->taken()) return EEXIST;
  if (!tree_->open(directory, leaf, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR)) return errno;
  if (calls.rename(temp_directory_->get(), temp_.c_str(), directory.get(), leaf) != 0) {
    // Some servers' renames never replace: then they don't need the placeholder either.
    calls.unlink(directory.get(), leaf);
    if (calls.rename(temp_directory_->get(), temp_.c_str(), directory.get(), leaf) != 0) return errno;
  }
  temp_.clear();
  return 0;
}

/// Returns null if the name is not given to an object yet, or not any more.
std::optional<PutResult> LocalWriter::name_taken(const Fd& directory, const ObjectPlace& place) {
  struct stat status {};
  if (tree_->calls().status(directory.get(), place.leaf.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::nullopt;
    throw tree_->error("examine", name_, errno);
  }
  if (S_ISDIR(status.st_mode)) throw tree_->error("store", name_, ErrorCode::unsupported, "it is a directory that holds other objects");
  if (!is_object(*tree_, directory, place.leaf.c_str(), name_, status)) return std::nullopt;
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
    if (claim_) release_claim();
  } catch (...) {
    // Whether the object would survive is unknown, so the call reports a failure; and a failed object must not be
    // visible.
    tree_->calls().unlink(directory.get(), place.leaf.c_str());
    throw;
  }
}

/// An empty object is visible when its claim is gone; any other one is already.
void LocalWriter::release_claim() {
  const bool released = claim_->release();
  if (written_ != 0) return;
  if (!released) throw tree_->error("store", name_, ErrorCode::io, "its claim in the folder .tmp can't be removed, or somebody did so");
  tree_->sync(*temp_directory_, kTempFolder);
}

void LocalWriter::leave_nothing() noexcept {
  discard();
  tree_->remove_empty(place_of(name_).directory);
  tree_->remove_empty(std::string(kTempFolder));
}

void LocalWriter::discard() noexcept {
  claim_.reset();
  file_.reset();
  if (!temp_.empty()) tree_->calls().unlink(temp_directory_->get(), temp_.c_str());
  temp_.clear();
}

void LocalWriter::fail(int error_number) {
  leave_nothing();
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
    const auto stale = [&](const std::string& name) {
      struct stat status {};
      return dated && tree.calls().status(directory->get(), name.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
             status.st_mtime < now.st_mtime - kStaleSeconds;
    };
    // Claims come last: a writer that is not dead but late must not find its temporary file without its claim.
    for (const bool claims : {false, true}) {
      for (const DirectoryEntry& entry : entries) {
        if (is_claim(entry.name) != claims || !stale(entry.name)) continue;
        if (claims)
          remove_dead_claim(tree, *directory, entry.name);
        else
          tree.calls().unlink(directory->get(), entry.name.c_str());
      }
    }
  } catch (...) {
  }
}

}  // namespace holdfast
