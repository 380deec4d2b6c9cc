#pragma once

#include <functional>
#include <map>
#include <set>

#include "holdfast/context.hpp"
#include "repository/packed/pack.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

/// All packs, by the hash that is their name.
std::map<Hash, ObjectInfo> list_packs(Storage& storage);

/// Puts segments that name packs that are gone again without them, and many small ones as few; then removes the old ones. Whether there
/// were any. `missed` = packs that stay named although they are not there. Holds the hashes of all packs in memory and one segment at a
/// time. `beat` is called between them.
bool clean_index(const PackedPlace& place, const std::set<Hash>& missed, const Context& context, const std::function<void()>& beat);

/// Only makes few of many small ones, as a writer does behind its own. Whether it did.
bool merge_small_segments(const PackedPlace& place, const Context& context, const std::function<void()>& beat);

}  // namespace holdfast
