#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "holdfast/error.hpp"
#include "storage/file_calls.hpp"
#include "storage/local_access.hpp"

namespace holdfast {

/// The directory that holds an object, and the object's own name in it.
struct ObjectPlace {
  std::string directory;  ///< "" = the root
  std::string leaf;
};
ObjectPlace place_of(std::string_view name);
/// Returns a name that nobody else uses.
std::string random_leaf();
/// The same for a directory that does not have its owner yet. No object's name has its last character: if its maker
/// dies, listings pass over the directory, which they may not be allowed to read.
std::string unlisted_leaf();

/// How often to repeat a step that failed because others removed a directory.
inline constexpr int kRaceAttempts = 100;

/// The directories below the root of a local storage. They are opened step by step from the root's descriptor and never
/// through a symbolic link, so nothing outside can be changed. Safe from any thread.
class LocalTree {
 public:
  using Directory = std::shared_ptr<const Fd>;

  /// Opens an existing root. Throws Error.
  LocalTree(std::filesystem::path root, std::shared_ptr<const FileCalls> calls);

  const FileCalls& calls() const noexcept { return *calls_; }
  const std::filesystem::path& root() const noexcept { return root_path_; }
  bool durable() const noexcept { return durable_; }
  /// Whether this file system takes names only by a LocalClaim, as a writer found out.
  bool claims() const noexcept { return claims_; }
  void note_claims() noexcept { claims_ = true; }
  const LocalAccess& access() const noexcept { return access_; }

  /// Returns null if there is no such directory.
  Directory find(std::string_view path) const;
  /// Creates the missing directories. On return, the path to the last one survives power loss.
  Directory make(std::string_view path);
  /// Makes the next make() look again, because somebody removed the directory.
  void forget(std::string_view path);
  /// Makes the entries of a directory durable.
  void sync(const Fd& directory, std::string_view path) const;
  /// Removes the directory and each parent that is empty then. Never throws: an empty directory does no harm.
  void remove_empty(std::string path) noexcept;

  /// Opens with close-on-exec, never as descriptor 0-2 (a host that closed those would print into our files), never
  /// through a link.
  Fd open(const Fd& directory, const char* name, int flags, mode_t mode = 0) const;
  /// Gives a new file or directory to the owner and group of the root folder (LocalAccess). Throws if that fails.
  void give(const Fd& made, std::string_view object, mode_t mode) const;
  /// Throws if the root itself was removed: "no such object" would be wrong then.
  void check_root() const;

  /// Returns "can't ACTION 'object' in file:///root: reason".
  Error error(std::string_view action, std::string_view object, int error_number) const;
  Error error(std::string_view action, std::string_view object, ErrorCode code, std::string_view reason) const;
  std::string uri() const;

 private:
  /// Opens one directory further down. Returns null with errno ENOENT, or with ENOTDIR if the name belongs to an
  /// object. Throws for a link.
  Directory step(const Fd& parent, std::string_view path, std::string_view part) const;
  Directory make_steps(std::string_view path) const;
  /// Makes one directory further down. Returns false if `parent` is gone. It may exist already.
  bool make_step(const Fd& parent, std::string_view path, const std::string& part) const;
  bool make_given_step(const Fd& parent, std::string_view path, const std::string& part) const;
  bool made_none(std::string_view path, int error_number) const;
  bool sync_unsupported(int error_number) const noexcept;

  std::filesystem::path root_path_;
  std::shared_ptr<const FileCalls> calls_;
  Directory root_;
  LocalAccess access_;
  bool durable_ = true;
  std::atomic<bool> claims_{false};
  std::mutex mutex_;
  /// Directories known to be durable. Their open descriptors keep this valid: in a directory that was removed, nothing
  /// can be created (ENOENT), even if a new one has its name.
  std::map<std::string, Directory, std::less<>> made_;
};

}  // namespace holdfast
