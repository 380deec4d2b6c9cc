#pragma once

#include <string>
#include <vector>

#include "repository/doubts.hpp"
#include "repository/packed/pack.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

/// A mark: packs that are to be removed, or were removed.
struct Mark {
  std::string object;
  TimePoint modified{};  ///< by the storage's time
  std::vector<Hash> packs;
};

struct Marks {
  std::vector<Mark> marks;
  bool doubtful = false;  ///< one mark does not open
};

Marks read_marks(const PackedPlace& place, Doubts& doubts);
/// Returns the names under "gc/" that are the repository's.
std::vector<std::string> mark_objects(const PackedPlace& place);
/// Opens a mark. Throws Error{corrupt} that names it.
void check_mark(const PackedPlace& place, const std::string& object);
void put_mark(const PackedPlace& place, const std::vector<Hash>& packs, const Context& context);
/// Puts one mark in place of many whose packs are all removed, so that readers read fewer. Marks are kept for ever: the
/// packs that they name must never be used again.
void merge_marks(const PackedPlace& place, const std::vector<Mark>& spent, const Context& context);

}  // namespace holdfast
