#include "repository/packed/index_cleaning.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/locks.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/index_store.hpp"

namespace holdfast {

namespace {

// Each backup leaves a segment, and loading the index reads them all.
constexpr std::uint64_t kSmallSegment = 1U << 20;  // stored bytes
constexpr std::size_t kManySegments = 32;          // for a collector, which may replace some of them anyway
constexpr std::size_t kTooManyForWriters = 8;

// Returns nothing for a segment that was removed meanwhile or is damaged.
std::vector<Pack> read_if_whole(const PackedPlace& place, const std::string& object) {
  try {
    return read_segment(place, object);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found && !is_unreadable(error)) throw;
  }
  return {};
}

// Removes locked segments from the list: replacing them would free nothing.
void leave_locked(Storage& storage, std::vector<std::string>& segments, const Context& context, const std::function<void()>& beat) {
  if (!locks_objects(storage) || segments.size() < kManySegments) return;
  const auto locks = find_locks(storage, segments, context, beat);
  std::size_t number = 0;
  std::erase_if(segments, [&](const std::string&) { return locks[number++].has_value(); });
}

// Puts new segments with those packs of the old ones that are wanted, then removes the old ones. Returns whether one of
// the old ones was readable.
bool replace_segments(const PackedPlace& place, const std::vector<std::string>& segments, const std::function<bool(const Hash&)>& is_wanted,
                      const Context& context, const std::function<void()>& beat) {
  SegmentWriter writer(place, *context.host.random);
  std::vector<std::string> replaced;
  for (const std::string& segment : segments) {
    context.check();
    beat();
    std::vector<Pack> packs = read_if_whole(place, segment);
    if (packs.empty()) continue;
    replaced.push_back(segment);
    std::erase_if(packs, [&](const Pack& pack) { return !is_wanted(pack.sha256); });
    for (Pack& pack : packs) writer.add(std::move(pack));
  }
  writer.finish();
  for (const std::string& segment : replaced) remove_unless_locked(place.storage(), segment);
  return !replaced.empty();
}

}  // namespace

std::map<Hash, ObjectInfo> list_packs(Storage& storage) {
  std::map<Hash, ObjectInfo> packs;
  for (ObjectInfo& object : list_objects(storage, kPacks)) {
    const std::string_view name = std::string_view(object.name).substr(object.name.rfind('/') + 1);
    if (name.size() != 64 || name.find_first_not_of("0123456789abcdef") != std::string_view::npos) continue;
    const Hash pack = to_hash(from_hex(name));
    if (object.name == pack_object(pack)) packs.emplace(pack, std::move(object));  // ignore other names
  }
  return packs;
}

bool merge_small_segments(const PackedPlace& place, const Context& context, const std::function<void()>& beat) {
  if (locks_objects(place.storage())) return false;  // the old segments would stay as well
  std::vector<std::string> small;
  for (ObjectInfo& segment : list_objects(place.storage(), kIndex)) {
    if (segment.size < kSmallSegment) small.push_back(std::move(segment.name));
  }
  if (small.size() < kTooManyForWriters) return false;
  // A segment that cannot be read stays, and must not cause every writer to merge.
  std::erase_if(small, [&place](const std::string& segment) { return read_if_whole(place, segment).empty(); });
  if (small.size() < kTooManyForWriters) return false;
  std::set<Hash> named;
  return replace_segments(
      place, small, [&named](const Hash& pack) { return named.insert(pack).second; }, context, beat);
}

bool clean_index(const PackedPlace& place, const std::set<Hash>& missed, const Context& context, const std::function<void()>& beat) {
  std::map<std::string, std::vector<Hash>> named;
  std::vector<std::string> small;
  for (const ObjectInfo& segment : list_objects(place.storage(), kIndex)) {
    context.check();
    beat();
    for (const Pack& pack : read_if_whole(place, segment.name)) named[segment.name].push_back(pack.sha256);
    if (segment.size < kSmallSegment && named.contains(segment.name)) small.push_back(segment.name);
  }
  // The segments were read before: a named pack that is not listed now no longer exists.
  const std::map<Hash, ObjectInfo> listed = list_packs(place.storage());
  const auto is_gone = [&](const Hash& pack) { return !listed.contains(pack) && !missed.contains(pack); };
  std::set<std::string> old;
  for (const auto& [segment, packs] : named) {
    if (std::ranges::any_of(packs, is_gone)) old.insert(segment);
  }
  leave_locked(place.storage(), small, context, beat);
  if (small.size() >= kManySegments) old.insert(small.begin(), small.end());
  // Locked segments stay. The packs that they name are not put again each time.
  std::set<Hash> homed;
  for (const auto& [segment, packs] : named) {
    if (!old.contains(segment)) homed.insert(packs.begin(), packs.end());
  }
  const auto is_wanted = [&](const Hash& pack) { return !is_gone(pack) && homed.insert(pack).second; };
  return replace_segments(place, {old.begin(), old.end()}, is_wanted, context, beat);
}

}  // namespace holdfast
