#pragma once

#include <string>
#include <vector>

#include "repository/doubts.hpp"
#include "repository/packed/pack.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

/// A mark: packs that are to go, or are gone.
struct Mark {
  std::string object;
  TimePoint modified{};  ///< by the storage's time
  std::vector<Hash> packs;
};

struct Marks {
  std::vector<Mark> marks;
  bool doubtful = false;  ///< one does not open
};

Marks read_marks(const PackedPlace& place, Doubts& doubts);
/// The names under "gc/" that are ours.
std::vector<std::string> mark_objects(const PackedPlace& place);
/// Opens one. Throws Error{corrupt} naming it.
void check_mark(const PackedPlace& place, const std::string& object);
void put_mark(const PackedPlace& place, const std::vector<Hash>& packs, const Context& context);
/// Puts one mark for many of which no pack is left, so that few have to be read: they are kept for ever, for what they name must never be
/// believed again.
void merge_marks(const PackedPlace& place, const std::vector<Mark>& spent, const Context& context);

}  // namespace holdfast
