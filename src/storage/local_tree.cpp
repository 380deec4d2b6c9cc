#include "storage/local_tree.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/hex.hpp"
#include "base/system_error.hpp"
#include "holdfast/context.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kMaxHeldDirectories = 32;
constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY;

/// Returns a path as a file: URI.
std::string file_uri(const std::string& path) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string uri = "file://";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return uri;
}

}  // namespace

std::string random_leaf() {
  std::array<std::byte, 16> bytes{};
  system_random().fill(bytes);
  return to_hex(bytes);
}

std::string unlisted_leaf() { return ".new-" + random_leaf() + "\x7f"; }

ObjectPlace place_of(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) return {"", std::string(name)};
  return {std::string(name.substr(0, slash)), std::string(name.substr(slash + 1))};
}

LocalTree::LocalTree(std::filesystem::path root, std::shared_ptr<const FileCalls> calls)
    : root_path_(std::move(root)), calls_(std::move(calls)) {
  // The path to the root may contain links, by the administrator's choice. Below the root there are none.
  Fd fd(calls_->open(AT_FDCWD, root_path_.c_str(), kDirectoryFlags | O_CLOEXEC, 0));
  if (!fd && errno == ENOTDIR) throw Error(ErrorCode::invalid_argument, "can't open storage " + uri() + ": it is not a directory");
  if (!fd) throw system_error("can't open storage " + uri(), errno);
  if (fd.get() < 3) fd = Fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
  if (!fd) throw system_error("can't open storage " + uri(), errno);
  if (calls_->fsync(fd.get()) != 0) durable_ = !sync_unsupported(errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw system_error("can't open storage " + uri(), errno);
  access_ = LocalAccess(status);
  root_ = std::make_shared<const Fd>(std::move(fd));
}

Fd LocalTree::open(const Fd& directory, const char* name, int flags, mode_t mode) const {
  int fd = -1;
  do {
    fd = calls_->open(directory.get(), name, flags | O_CLOEXEC | O_NOFOLLOW, mode);
  } while (fd < 0 && errno == EINTR);
  Fd opened(fd);
  if (fd >= 0 && fd < 3) opened = Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  return opened;
}

LocalTree::Directory LocalTree::step(const Fd& parent, std::string_view path, std::string_view part) const {
  const std::string name(part);
  Fd fd = open(parent, name.c_str(), kDirectoryFlags);
  if (fd) return std::make_shared<const Fd>(std::move(fd));
  const int error_number = errno;
  if (error_number != ENOENT && error_number != ENOTDIR && error_number != ELOOP) throw error("open directory", path, error_number);
  struct stat status {};
  if (error_number != ENOENT && calls_->status(parent.get(), name.c_str(), &status) == 0 && S_ISLNK(status.st_mode))
    throw error("open directory", path, ErrorCode::corrupt, "'" + name + "' is a symbolic link, which is not followed");
  errno = error_number;
  return nullptr;
}

LocalTree::Directory LocalTree::find(std::string_view path) const {
  Directory at = root_;
  for (std::string_view rest = path; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    at = step(*at, path, part);
    if (!at) {
      check_root();
      return nullptr;
    }
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  }
  return at;
}

LocalTree::Directory LocalTree::make(std::string_view path) {
  if (path.empty()) return root_;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = made_.find(path); found != made_.end()) return found->second;
  }
  for (int attempt = 0; attempt < kRaceAttempts; ++attempt) {
    Directory made = make_steps(path);
    if (!made) continue;  // lost a race against a remove
    const std::lock_guard lock(mutex_);
    if (made_.size() >= kMaxHeldDirectories) made_.clear();
    made_.insert_or_assign(std::string(path), made);
    return made;
  }
  throw Error(ErrorCode::conflict, "can't make directory '" + std::string(path) + "' in " + uri() + ": somebody keeps removing it", true);
}

LocalTree::Directory LocalTree::make_steps(std::string_view path) const {
  Directory at = root_;
  for (std::string_view rest = path; !rest.empty();) {
    const std::string part(rest.substr(0, rest.find('/')));
    Directory next = step(*at, path, part);
    if (!next && errno != ENOENT)
      throw error("make directory", path, ErrorCode::unsupported, "'" + part + "' is an object, not a directory");
    if (!next) {
      if (!make_step(*at, path, part)) return nullptr;
      next = step(*at, path, part);
      if (!next) return nullptr;
    }
    // Also if the directory existed: its creator may not have synced it yet.
    sync(*at, path);
    at = std::move(next);
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  }
  return at;
}

bool LocalTree::make_step(const Fd& parent, std::string_view path, const std::string& part) const {
  if (access_.changes()) return make_given_step(parent, path, part);
  if (calls_->mkdir(parent.get(), part.c_str(), access_.directory_mode()) == 0 || errno == EEXIST) return true;
  return made_none(path, errno);
}

/// Makes it under another name first: until it has the right owner, others could not use it, and if this process died
/// they never could.
bool LocalTree::make_given_step(const Fd& parent, std::string_view path, const std::string& part) const {
  const std::string temp = unlisted_leaf();
  if (calls_->mkdir(parent.get(), temp.c_str(), S_IRWXU) != 0) return made_none(path, errno);
  try {
    const Fd made = open(parent, temp.c_str(), kDirectoryFlags);
    if (!made) throw error("make directory", path, errno);
    give(made, path, access_.directory_mode());
    int failure = calls_->rename_new(parent.get(), temp.c_str(), parent.get(), part.c_str()) == 0 ? 0 : errno;
    // Where the system can't refuse to replace, it replaces an empty directory only.
    if (failure == EINVAL || failure == ENOSYS)
      failure = calls_->rename(parent.get(), temp.c_str(), parent.get(), part.c_str()) == 0 ? 0 : errno;
    if (failure == 0) return true;
    calls_->rmdir(parent.get(), temp.c_str());
    return failure == EEXIST || failure == ENOTEMPTY || failure == ENOTDIR || made_none(path, failure);
  } catch (...) {
    calls_->rmdir(parent.get(), temp.c_str());
    throw;
  }
}

/// Returns false if the parent is gone. Throws for another reason.
bool LocalTree::made_none(std::string_view path, int error_number) const {
  check_root();
  if (error_number == ENOENT) return false;
  throw error("make directory", path, error_number);
}

void LocalTree::give(const Fd& made, std::string_view object, mode_t mode) const {
  if (!access_.changes()) return;
  const int failure = access_.give(*calls_, made.get(), mode);
  if (failure == 0) return;
  throw system_error(
      "can't give '" + std::string(object) + "' to the owner of " + uri() + ", who could not use it otherwise; run this as that user",
      failure);
}

void LocalTree::forget(std::string_view path) {
  const std::lock_guard lock(mutex_);
  if (const auto found = made_.find(path); found != made_.end()) made_.erase(found);
}

bool LocalTree::sync_unsupported(int error_number) const noexcept {
  return error_number == EINVAL || error_number == EOPNOTSUPP || error_number == ENOSYS;
}

void LocalTree::sync(const Fd& directory, std::string_view path) const {
  if (!durable_) return;  // caps() reports that this file system can't
  if (calls_->fsync(directory.get()) != 0) throw error("make durable the directory", path, errno);
}

void LocalTree::remove_empty(std::string path) noexcept {
  try {
    while (!path.empty()) {
      forget(path);
      const ObjectPlace place = place_of(path);
      const Directory parent = find(place.directory);
      if (!parent || calls_->rmdir(parent->get(), place.leaf.c_str()) != 0) return;
      sync(*parent, place.directory);
      path = place.directory;
    }
  } catch (...) {
  }
}

void LocalTree::check_root() const {
  struct stat status {};
  if (::fstat(root_->get(), &status) == 0 && status.st_nlink == 0)
    throw Error(ErrorCode::io, "the directory of storage " + uri() + " was removed");
}

Error LocalTree::error(std::string_view action, std::string_view object, int error_number) const {
  return system_error("can't " + std::string(action) + " '" + std::string(object) + "' in " + uri(), error_number);
}

Error LocalTree::error(std::string_view action, std::string_view object, ErrorCode code, std::string_view reason) const {
  return {code, "can't " + std::string(action) + " '" + std::string(object) + "' in " + uri() + ": " + std::string(reason)};
}

std::string LocalTree::uri() const { return file_uri(root_path_.string()); }

}  // namespace holdfast
