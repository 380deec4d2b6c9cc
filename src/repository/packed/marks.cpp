#include "repository/packed/marks.hpp"

#include <set>

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/locks.hpp"
#include "repository/names.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/cbor.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kMarks = "gc/";
constexpr std::uint64_t kMarkLimit = 64U << 20;
constexpr std::size_t kManyMarks = 16, kMaxMerged = 1'000'000;  // packs: half of what a mark can name

std::vector<ObjectInfo> list_marks(const PackedPlace& place) {
  std::vector<ObjectInfo> objects = list_objects(place.storage(), kMarks);
  std::erase_if(objects, [](const ObjectInfo& object) { return !is_hex16(std::string_view(object.name).substr(kMarks.size())); });
  return objects;
}

Mark read_mark(const PackedPlace& place, const ObjectInfo& object) {
  const Bytes content = place.read(ObjectClass::mark, object.name, kMarkLimit);
  CborList packs = CborMap(content, object.name).at("packs").list();
  Mark mark{.object = object.name, .modified = object.modified, .packs = {}};
  while (packs.left() > 0) mark.packs.push_back(to_hash(packs.next().bytes(32)));
  return mark;
}

}  // namespace

std::vector<std::string> mark_objects(const PackedPlace& place) {
  std::vector<std::string> names;
  for (ObjectInfo& object : list_marks(place)) names.push_back(std::move(object.name));
  return names;
}

void check_mark(const PackedPlace& place, const std::string& object) {
  try {
    read_mark(place, {.name = object});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;  // its packs are removed, or another mark names them
  }
}

Marks read_marks(const PackedPlace& place, Doubts& doubts) {
  Marks read;
  std::set<std::string> looked_at;
  // A mark that was removed meanwhile is contained in another one, which was put before: list again.
  for (bool again = true; again;) {
    again = false;
    for (const ObjectInfo& object : list_marks(place)) {
      if (!looked_at.insert(object.name).second) continue;
      const Opened opened = doubts.open(object.name, [&] { read.marks.push_back(read_mark(place, object)); });
      read.doubtful = read.doubtful || opened == Opened::no;
      again = again || opened == Opened::gone;
    }
  }
  return read;
}

void put_mark(const PackedPlace& place, const std::vector<Hash>& packs, const Context& context) {
  CborWriter out;
  out.map(2).key("packs").list(packs.size());
  for (const Hash& pack : packs) out.bytes(pack);
  out.key("time").time(context.now());
  const std::string object = std::string(kMarks) + to_hex(context.random_bytes(8));
  const Bytes sealed = place.seal(ObjectClass::mark, object, std::move(out).finish(), *context.host.random);
  if (put_object(place.storage(), object, sealed) != PutResult::created) {
    throw Error(ErrorCode::conflict, object + ": somebody else wrote it", true);
  }
}

void merge_marks(const PackedPlace& place, const std::vector<Mark>& spent, const Context& context) {
  std::vector<const Mark*> merged;
  std::set<Hash> packs;
  for (const Mark& mark : spent) {
    if (packs.size() + mark.packs.size() > kMaxMerged) continue;
    merged.push_back(&mark);
    packs.insert(mark.packs.begin(), mark.packs.end());
  }
  if (merged.size() < kManyMarks) return;
  put_mark(place, {packs.begin(), packs.end()}, context);
  for (const Mark* mark : merged) remove_unless_locked(place.storage(), mark->object);
}

}  // namespace holdfast
