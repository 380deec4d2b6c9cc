#include "storage/local.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/fd.hpp"
#include "base/system_error.hpp"
#include "storage/local_claim.hpp"
#include "storage/local_list.hpp"
#include "storage/local_tree.hpp"
#include "storage/local_writer.hpp"
#include "storage/room.hpp"

namespace holdfast {

namespace {

class FileReader final : public Reader {
 public:
  FileReader(std::shared_ptr<const LocalTree> tree, std::string_view name, Fd file, std::uint64_t offset, std::uint64_t length)
      : tree_(std::move(tree)), name_(name), file_(std::move(file)), offset_(offset), left_(length) {}

  std::size_t read(std::span<std::byte> out) override {
    const std::size_t wanted = std::min<std::uint64_t>(out.size(), left_);
    ssize_t count = 0;
    do {
      count = tree_->calls().pread(file_.get(), out.data(), wanted, static_cast<off_t>(offset_));
    } while (count < 0 && errno == EINTR);
    if (count < 0) throw tree_->error("read", name_, errno);
    offset_ += static_cast<std::uint64_t>(count);
    left_ -= static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
  }

 private:
  std::shared_ptr<const LocalTree> tree_;
  std::string name_;
  Fd file_;
  std::uint64_t offset_;
  std::uint64_t left_;
};

class LocalStorage final : public Storage, public KnowsRoom {
 public:
  explicit LocalStorage(std::shared_ptr<LocalTree> tree) : tree_(std::move(tree)) { remove_stale_temps(*tree_); }

  std::string uri() const override { return tree_->uri(); }
  StorageCaps caps() const override { return {.atomic_create = !tree_->claims(), .durable = tree_->durable(), .fills = true}; }

  std::optional<std::uint64_t> room() override {
    std::error_code failure;
    const std::filesystem::space_info space = std::filesystem::space(tree_->root(), failure);
    return failure ? std::nullopt : std::optional<std::uint64_t>(space.available);
  }

  PutResult put_new(std::string_view name, ByteView bytes) override;
  std::unique_ptr<Writer> open_writer(std::string_view name) override {
    check_object_name(name);
    return std::make_unique<LocalWriter>(tree_, name);
  }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override;
  std::optional<ObjectInfo> stat(std::string_view name) override;
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override { list_tree(*tree_, prefix, visit); }
  void remove(std::string_view name) override;

 private:
  struct Found {
    LocalTree::Directory directory;
    ObjectPlace place;
    struct stat status {};
  };
  /// Returns anything with that name except a directory.
  std::optional<Found> find_any(std::string_view name) const;
  std::optional<Found> find(std::string_view name) const;
  Error no_such(std::string_view action, std::string_view name) const {
    return tree_->error(action, name, ErrorCode::not_found, "there is no such object");
  }
  Error not_ours(std::string_view name) const;

  std::shared_ptr<LocalTree> tree_;
};

PutResult LocalStorage::put_new(std::string_view name, ByteView bytes) {
  check_object_name(name);
  LocalWriter writer(tree_, name);
  writer.write(bytes);
  return writer.publish();
}

std::optional<LocalStorage::Found> LocalStorage::find_any(std::string_view name) const {
  check_object_name(name);
  Found found{.directory = {}, .place = place_of(name)};
  found.directory = tree_->find(found.place.directory);
  if (!found.directory) return std::nullopt;
  if (tree_->calls().status(found.directory->get(), found.place.leaf.c_str(), &found.status) != 0) {
    if (errno != ENOENT) throw tree_->error("examine", name, errno);
    tree_->check_root();
    return std::nullopt;
  }
  if (S_ISDIR(found.status.st_mode)) return std::nullopt;
  if (!is_object(*tree_, *found.directory, found.place.leaf.c_str(), name, found.status)) return std::nullopt;
  return found;
}

std::optional<LocalStorage::Found> LocalStorage::find(std::string_view name) const {
  auto found = find_any(name);
  if (found && !S_ISREG(found->status.st_mode)) throw not_ours(name);
  return found;
}

Error LocalStorage::not_ours(std::string_view name) const {
  return tree_->error("use", name, ErrorCode::corrupt, "it is a link or device, not a file of ours");
}

std::unique_ptr<Reader> LocalStorage::open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) {
  const auto found = find(name);
  if (!found) throw no_such("read", name);
  // If somebody replaces the file with a pipe now, we must not wait for the pipe's other end.
  Fd file = tree_->open(*found->directory, found->place.leaf.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file && (errno == ELOOP || errno == ENXIO)) throw not_ours(name);
  if (!file) throw tree_->error("read", name, errno);
  struct stat opened {};
  if (::fstat(file.get(), &opened) != 0) throw tree_->error("examine", name, errno);
  if (!S_ISREG(opened.st_mode)) throw not_ours(name);
  const auto size = static_cast<std::uint64_t>(opened.st_size);
  offset = std::min(offset, size);
  return std::make_unique<FileReader>(tree_, name, std::move(file), offset, std::min(length, size - offset));
}

std::optional<ObjectInfo> LocalStorage::stat(std::string_view name) {
  const auto found = find(name);
  if (!found) return std::nullopt;
  return object_info(std::string(name), found->status);
}

void LocalStorage::remove(std::string_view name) {
  // Also removes anything that is not a file, because it blocks the name.
  const auto found = find_any(name);
  if (!found) throw no_such("remove", name);
  if (tree_->calls().unlink(found->directory->get(), found->place.leaf.c_str()) != 0) throw tree_->error("remove", name, errno);
  tree_->sync(*found->directory, found->place.directory);
  tree_->remove_empty(found->place.directory);
}

/// Makes a directory. In one that hands its group down it is that group's, as far as the umask allows, which the system
/// applies.
int make_shared_directory(const std::filesystem::path& path, const FileCalls& calls) {
  struct stat parent {};
  const bool shared = calls.status(AT_FDCWD, (path.parent_path() / ".").c_str(), &parent) == 0 && (parent.st_mode & S_ISGID) != 0;
  return calls.mkdir(AT_FDCWD, path.c_str(), S_IRWXU | (shared ? parent.st_mode & S_IRWXG : 0U));
}

/// Like mkdir -p, but the new directories survive power loss.
void make_root(const std::filesystem::path& path, const FileCalls& calls) {
  if (make_shared_directory(path, calls) != 0) {
    if (errno == EEXIST) return;
    const std::string what = "can't make directory " + path.string();
    if (errno != ENOENT || !path.has_relative_path()) throw system_error(what, errno);
    make_root(path.parent_path(), calls);
    if (make_shared_directory(path, calls) != 0 && errno != EEXIST) throw system_error(what, errno);
  }
  const Fd parent(calls.open(AT_FDCWD, path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
  if (!parent || (calls.fsync(parent.get()) != 0 && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS))
    throw system_error("can't make this directory durable: " + path.parent_path().string(), errno);
}

}  // namespace

std::shared_ptr<Storage> local_storage(const std::filesystem::path& root, IfMissing if_missing, std::shared_ptr<const FileCalls> calls) {
  if (root.native().starts_with('~')) {
    throw Error(ErrorCode::invalid_argument, root.string() + ": only a shell replaces '~' by a home folder: write the whole path, or ./" +
                                                 root.string() + " if it is a folder's name");
  }
  std::filesystem::path path = std::filesystem::absolute(root).lexically_normal();
  if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();  // without the '/' at the end
  if (if_missing == IfMissing::create) make_root(path, *calls);
  return std::make_shared<LocalStorage>(std::make_shared<LocalTree>(std::move(path), std::move(calls)));
}

}  // namespace holdfast
