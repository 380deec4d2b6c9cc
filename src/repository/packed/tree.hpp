#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "repository/packed/chunk.hpp"

namespace holdfast {

/// The name of a stream: one chunk, or at a greater depth one list chunk (docs/format-packed.md, "Trees"). Without
/// bytes it is the empty stream.
struct Tree {
  unsigned depth = 0;
  ChunkId id;
  std::uint64_t bytes = 0;
};

constexpr unsigned kMaxTreeDepth = 8;
constexpr std::size_t kMaxListNames = 4096;

/// Builds a tree name by name. Holds one unfinished list per depth.
class TreeBuilder {
 public:
  /// Stores a list chunk and returns its id.
  using StoreList = std::function<ChunkId(ByteView)>;
  explicit TreeBuilder(StoreList store) : store_(std::move(store)) {}

  void add(const ChunkRef& ref) { add_at(0, ref); }
  Tree finish();

 private:
  void add_at(std::size_t depth, const ChunkRef& ref);
  void end_list(std::size_t depth);

  StoreList store_;
  std::vector<std::vector<ChunkRef>> lists_;
};

/// Returns the size of the list chunk at the beginning of `bytes`. Throws Error{corrupt} that names `object`.
std::size_t list_size(ByteView bytes, const std::string& object);
std::vector<ChunkRef> read_list(ByteView chunk);

/// Visits a tree's chunks in the order of the stream. One thread.
class TreeWalk {
 public:
  /// Reads and checks a whole list chunk.
  using ReadList = std::function<Bytes(const ChunkId&)>;
  TreeWalk(const Tree& tree, ReadList read, std::string object);

  struct Step {
    ChunkRef ref;
    bool list = false;  ///< a list chunk; the chunks that it names follow, unless skip() is called
  };
  bool next(Step& step);
  /// Skips the chunks that the list of the last step names.
  void skip() { enter_ = false; }

 private:
  struct Level {
    std::vector<ChunkRef> refs;
    std::size_t at = 0;
  };
  void enter_list();

  unsigned depth_;  // of the tree
  ReadList read_;
  std::string object_;
  std::vector<Level> levels_;
  bool enter_ = false;
};

}  // namespace holdfast
