#pragma once

#include <algorithm>
#include <set>
#include <vector>

#include "repository/packed/chunk.hpp"

namespace holdfast {

/// A set of hashes, such as chunk ids, that grows to many millions: 32 bytes each, except for the newest.
class IdSet {
 public:
  /// Returns false if it is already in the set.
  bool insert(const ChunkId& id) {
    if (std::binary_search(sorted_.begin(), sorted_.end(), id) || !newest_.insert(id).second) return false;
    // A merge costs as much as the set is large: the larger the set, the rarer the merges.
    if (newest_.size() >= std::max<std::size_t>(4096, sorted_.size() / 16)) merge();
    return true;
  }

 private:
  void merge() {
    const auto middle = static_cast<std::ptrdiff_t>(sorted_.size());
    sorted_.insert(sorted_.end(), newest_.begin(), newest_.end());
    std::inplace_merge(sorted_.begin(), sorted_.begin() + middle, sorted_.end());
    newest_.clear();
  }

  std::vector<ChunkId> sorted_;
  std::set<ChunkId> newest_;
};

}  // namespace holdfast
