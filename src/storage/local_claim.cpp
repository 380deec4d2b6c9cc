#include "storage/local_claim.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>

#include "base/digest.hpp"
#include "storage/object_name.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kClaim = "claim-";

std::string claim_of(std::string_view object) { return std::string(kClaim) + sha256_hex(as_bytes(object)); }

bool is_empty_file(const struct stat& status) { return S_ISREG(status.st_mode) && status.st_size == 0; }

/// Returns the object's name that a claim holds; empty if it does not: then its writer has not made a placeholder.
std::string claimed_by(const LocalTree& tree, const Fd& temp_directory, const std::string& leaf) {
  const Fd file = tree.open(temp_directory, leaf.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  std::array<char, 1100> text{};
  const ssize_t size = file ? tree.calls().pread(file.get(), text.data(), text.size(), 0) : 0;
  std::string object(text.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  return object_name_fault(object) == nullptr && claim_of(object) == leaf ? object : "";
}

}  // namespace

LocalClaim::LocalClaim(const LocalTree& tree, const LocalTree::Directory& temp_directory, std::string_view object)
    : tree_(tree), temp_directory_(temp_directory) {
  const std::string leaf = claim_of(object);
  const Fd file = tree.open(*temp_directory, leaf.c_str(), O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
  if (!file && errno == EEXIST) return;
  if (!file) throw tree.error("claim the name", object, errno);
  leaf_ = leaf;
  try {
    tree.give(file, object, tree.access().file_mode());
    if (tree.calls().write(file.get(), object.data(), object.size()) != static_cast<ssize_t>(object.size()) ||
        (tree.durable() && tree.calls().fsync(file.get()) != 0))
      throw tree.error("claim the name", object, errno);
    tree.sync(*temp_directory, kTempFolder);
  } catch (...) {
    release();
    throw;
  }
}

bool LocalClaim::release() noexcept {
  const bool released = !leaf_.empty() && tree_.calls().unlink(temp_directory_->get(), leaf_.c_str()) == 0;
  leaf_.clear();
  return released;
}

bool is_object(const LocalTree& tree, const Fd& directory, const char* leaf, std::string_view object, struct stat& status) {
  if (!is_empty_file(status)) return true;
  struct stat claim {};
  const LocalTree::Directory temp_directory = tree.find(kTempFolder);
  if (temp_directory) {
    if (tree.calls().status(temp_directory->get(), claim_of(object).c_str(), &claim) == 0) return false;
    if (errno != ENOENT) throw tree.error("look for a claim of", object, errno);
  }
  // A placeholder may have become an object, and its claim may be gone, since `status` was read.
  if (tree.calls().status(directory.get(), leaf, &status) == 0) return true;
  if (errno != ENOENT) throw tree.error("examine", object, errno);
  return false;
}

bool is_claim(std::string_view temp_leaf) noexcept { return temp_leaf.starts_with(kClaim); }

void remove_dead_claim(LocalTree& tree, const Fd& temp_directory, const std::string& leaf) {
  const std::string object = claimed_by(tree, temp_directory, leaf);
  const ObjectPlace place = place_of(object);
  const LocalTree::Directory directory = object.empty() ? nullptr : tree.find(place.directory);
  struct stat status {};
  if (directory && tree.calls().status(directory->get(), place.leaf.c_str(), &status) == 0 && is_empty_file(status)) {
    if (tree.calls().unlink(directory->get(), place.leaf.c_str()) != 0) return;
    tree.sync(*directory, place.directory);
  }
  tree.calls().unlink(temp_directory.get(), leaf.c_str());
}

}  // namespace holdfast
