#include "base/scratch_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <string>

#include "base/system_error.hpp"

namespace holdfast {

namespace fs = std::filesystem;

namespace {

constexpr const char* kPrefix = "holdfast-scratch-";

Fd try_lock(const fs::path& directory) {
  Fd fd(::open((directory / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.reset();
  return fd;
}

// Also removes the content of folders whose modes exclude even their owner.
void remove_tree(const fs::path& directory) {
  std::error_code ignored;
  if (::geteuid() != 0) {
    for (fs::recursive_directory_iterator at(directory, ignored), end; !ignored && at != end; at.increment(ignored)) {
      if (at->symlink_status(ignored).type() == fs::file_type::directory)
        fs::permissions(at->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
    }
  }
  fs::remove_all(directory, ignored);
}

// Removes folders of killed processes. A living process holds its lock; a brand-new one has none yet, so folders of the
// last minute stay.
void remove_abandoned(const fs::path& parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    if (!entry.path().filename().string().starts_with(kPrefix) || !entry.is_directory(ignored) || entry.is_symlink(ignored)) continue;
    struct stat status {};
    if (::lstat(entry.path().c_str(), &status) != 0 || ::time(nullptr) - status.st_mtime < 60) continue;
    if (::geteuid() != 0 && status.st_uid != ::geteuid()) continue;
    if (const Fd lock = try_lock(entry.path())) remove_tree(entry.path());
  }
}

}  // namespace

ScratchDirectory::ScratchDirectory(const fs::path& parent) {
  remove_abandoned(parent);
  std::string pattern = parent / (std::string(kPrefix) + "XXXXXX");
  if (::mkdtemp(pattern.data()) == nullptr) throw system_error("can't make a scratch folder in " + parent.string(), errno);
  path_ = pattern;
  lock_ = try_lock(path_);
}

ScratchDirectory::~ScratchDirectory() { remove_tree(path_); }

}  // namespace holdfast
