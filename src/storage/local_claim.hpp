#pragma once

#include <string>
#include <string_view>

#include "storage/local_tree.hpp"

namespace holdfast {

/// A writer's right to give a name, on a file system where neither a link nor a rename refuses to replace. There, the
/// only call that takes a free name is an exclusive create, which makes an empty file: a placeholder, which the object
/// then replaces. A claim is a file in .tmp, whose name tells the object's. It exists, durably, as long as the
/// placeholder may: readers ignore an empty file whose name is claimed.
class LocalClaim {
 public:
  /// Throws Error. `taken()` if another writer has the claim.
  LocalClaim(const LocalTree& tree, const LocalTree::Directory& temp_directory, std::string_view object);
  LocalClaim(const LocalClaim&) = delete;
  LocalClaim& operator=(const LocalClaim&) = delete;
  ~LocalClaim() { release(); }

  bool taken() const noexcept { return leaf_.empty(); }
  /// Returns false if the claim can't be removed, or somebody did so.
  bool release() noexcept;

 private:
  const LocalTree& tree_;
  LocalTree::Directory temp_directory_;
  std::string leaf_;
};

/// Returns whether the file in an object's place is an object. Brings `status` up to date if the file was a placeholder
/// a moment ago.
bool is_object(const LocalTree& tree, const Fd& directory, const char* leaf, std::string_view object, struct stat& status);

bool is_claim(std::string_view temp_leaf) noexcept;
/// Removes the claim of a writer that is dead, and its placeholder before that.
void remove_dead_claim(LocalTree& tree, const Fd& temp_directory, const std::string& leaf);

}  // namespace holdfast
