#pragma once

#include <functional>
#include <map>
#include <set>

#include "holdfast/context.hpp"
#include "repository/packed/pack.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

/// Lists all packs by the hash that is their name.
std::map<Hash, ObjectInfo> list_packs(Storage& storage);

/// Replaces segments that name packs that no longer exist, and many small segments by a few; then removes the old ones.
/// Returns whether there were any. The packs in `missed` stay named although they do not exist. Holds the hashes of all
/// packs and one segment at a time in memory. Calls `beat` between segments.
bool clean_index(const PackedPlace& place, const std::set<Hash>& missed, const Context& context, const std::function<void()>& beat);

/// Only replaces many small segments by a few, as a writer does after its own put. Returns whether it did.
bool merge_small_segments(const PackedPlace& place, const Context& context, const std::function<void()>& beat);

}  // namespace holdfast
