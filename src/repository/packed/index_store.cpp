#include "repository/packed/index_store.hpp"

#include <zstd.h>

#include <algorithm>
#include <functional>

#include "base/big_endian.hpp"
#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/parallel.hpp"
#include "holdfast/error.hpp"
#include "repository/locks.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/sealed.hpp"

namespace holdfast {

namespace {

constexpr std::uint64_t kMaxSegment = 32U << 20;    // plain bytes; never more when stored
constexpr std::size_t kSegmentChunks = 128 * 1024;  // about 5 MiB
constexpr std::size_t kPackHead = 32 + 4 + 4 + 4;

[[noreturn]] void damaged(const std::string& object, const char* why) { throw Error(ErrorCode::corrupt, object + ": is damaged: " + why); }

Bytes encode_segment(const std::vector<Pack>& packs) {
  Bytes plain;
  for (const Pack& pack : packs) {
    Bytes table;
    append_table(table, pack.table);
    plain.insert(plain.end(), pack.sha256.begin(), pack.sha256.end());
    append_number(plain, pack.bytes);
    append_number(plain, pack.generation);
    append_number(plain, static_cast<std::uint32_t>(table.size()));
    plain.insert(plain.end(), table.begin(), table.end());
  }
  Bytes compressed(ZSTD_compressBound(plain.size()));
  const std::size_t size = ZSTD_compress(compressed.data(), compressed.size(), plain.data(), plain.size(), 1);
  if (ZSTD_isError(size) != 0) throw Error(ErrorCode::internal, "zstd failed to compress an index segment");
  compressed.resize(size);
  return compressed;
}

Bytes decompress_segment(ByteView compressed, const std::string& object) {
  const auto size = ZSTD_getFrameContentSize(compressed.data(), compressed.size());
  if (size > kMaxSegment) damaged(object, "it does not say its size, or an impossible one");
  Bytes plain(size);
  if (ZSTD_decompress(plain.data(), plain.size(), compressed.data(), compressed.size()) != size) damaged(object, "it does not decompress");
  return plain;
}

std::vector<Pack> decode_segment(ByteView plain, const std::string& object) {
  std::vector<Pack> packs;
  while (!plain.empty()) {
    if (plain.size() < kPackHead) damaged(object, "it ends too early");
    Pack pack;
    pack.sha256 = to_hash(plain);
    pack.bytes = number_in<std::uint32_t>(plain.subspan(32));
    pack.generation = number_in<std::uint32_t>(plain.subspan(36));
    const auto table_size = number_in<std::uint32_t>(plain.subspan(40));
    plain = plain.subspan(kPackHead);
    if (table_size > plain.size() || pack.bytes > kMaxPack) damaged(object, "it has an impossible size");
    // The bytes after the frames: the sealed table and its length.
    const std::uint64_t behind = sealed_size(table_size) + 4;
    if (pack.bytes < kPackPreamble + behind) damaged(object, "it has an impossible size");
    pack.table = read_table(plain.first(table_size), static_cast<std::uint32_t>(pack.bytes - behind), object);
    plain = plain.subspan(table_size);
    packs.push_back(std::move(pack));
  }
  return packs;
}

}  // namespace

std::uint64_t put_segment(const PackedPlace& place, const std::vector<Pack>& packs, Random& random) {
  const Bytes stored = seal_object(place.ring(), ObjectClass::index, "", encode_segment(packs), random);
  const std::string object = std::string(kIndex) + sha256_hex(stored);
  if (put_object(place.storage(), object, stored) != PutResult::created) {
    throw Error(ErrorCode::corrupt, object + ": exists already with other bytes");
  }
  return stored.size();
}

std::vector<Pack> read_segment(const PackedPlace& place, const std::string& object) {
  const Bytes stored = get_object(place.storage(), object, kMaxSegment);
  if (object != std::string(kIndex) + sha256_hex(stored)) damaged(object, "its SHA-256 does not match");
  return decode_segment(
      decompress_segment(open_object(place.ring_for(sealed_generation(stored)), ObjectClass::index, "", stored, object), object), object);
}

void SegmentWriter::add(Pack pack) {
  for (const Frame& frame : pack.table) chunks_ += frame.chunks.size();
  packs_.push_back(std::move(pack));
  if (chunks_ >= kSegmentChunks) put();
}

std::uint64_t SegmentWriter::finish() {
  if (!packs_.empty()) put();
  return stored_;
}

void SegmentWriter::put() {
  stored_ += put_segment(place_, packs_, random_);
  packs_.clear();
  chunks_ = 0;
}

namespace {

void ignore(const std::string&, const Error&) {}

std::vector<std::string> segment_names(const PackedPlace& place) {
  std::vector<std::string> names;
  for (const ObjectInfo& segment : list_objects(place.storage(), kIndex)) names.push_back(segment.name);
  return names;
}

// Reads the listed `segments` first.
void add_segments(const PackedPlace& place, ChunkIndex& index, std::vector<std::string> segments, const Context& context,
                  const TellDamage& damaged) {
  std::set<std::string> seen;
  // A missing segment was replaced by another one, which was put before its removal: list again.
  for (bool again = true; again;) {
    again = false;
    for (const std::string& segment : segments) {
      if (!seen.insert(segment).second) continue;
      context.check();
      try {
        index.add_segment(segment, read_segment(place, segment));
      } catch (const Error& error) {
        again = again || error.code() == ErrorCode::not_found;
        if (is_unreadable(error)) damaged(segment, error);
        if (!is_unreadable(error) && error.code() != ErrorCode::not_found) throw;
      }
    }
    if (again) segments = segment_names(place);
  }
}

std::shared_ptr<const ChunkIndex> load_segments(const PackedPlace& place, std::vector<std::string> segments, const Context& context,
                                                const TellDamage& damaged) {
  auto index = std::make_shared<ChunkIndex>();
  add_segments(place, *index, std::move(segments), context, damaged);
  index->finish();
  return index;
}

// Reads the headers of the packs that no readable segment names.
std::vector<Pack> read_unnamed(const PackedPlace& place, const ChunkIndex& index, const Context& context, const TellDamage& damaged) {
  std::set<std::string> named;
  for (const ChunkIndex::PackEntry& pack : index.packs()) named.insert(pack_object(pack.sha256));
  std::vector<Pack> packs;
  for (const ObjectInfo& object : list_objects(place.storage(), kPacks)) {
    if (named.contains(object.name)) continue;
    context.check();
    try {
      const Bytes bytes = get_object(place.storage(), object.name, kMaxPack);
      Pack pack = open_pack(place.ring_for(pack_generation(bytes)), bytes, object.name);
      if (pack_object(pack.sha256) != object.name) holdfast::damaged(object.name, "its SHA-256 does not match");
      packs.push_back(std::move(pack));
    } catch (const Error& error) {
      if (!is_unreadable(error) && error.code() != ErrorCode::not_found) throw;
      damaged(object.name, error);
    }
  }
  return packs;
}

}  // namespace

std::set<std::string> superseded_segments(const ChunkIndex& index, const std::set<std::string>& listed) {
  // Collects the packs of a segment that exist. Returns false if one does not.
  const auto collect = [&](const ChunkIndex::Segment& segment, std::set<Hash>& there) {
    bool all = true;
    const auto look = [&](const Hash& pack) { listed.contains(pack_object(pack)) ? void(there.insert(pack)) : void(all = false); };
    for (std::uint32_t pack = segment.first; pack < segment.last; ++pack) look(index.packs()[pack].sha256);
    std::for_each(segment.others.begin(), segment.others.end(), look);
    return all;
  };
  std::set<Hash> named;  // by segments whose packs all exist
  std::vector<std::pair<std::string, std::set<Hash>>> stale;
  for (const ChunkIndex::Segment& segment : index.segments()) {
    std::set<Hash> there;
    if (collect(segment, there)) {
      named.merge(there);
    } else {
      stale.emplace_back(segment.object, std::move(there));
    }
  }
  std::set<std::string> superseded;
  for (const auto& [object, packs] : stale) {
    if (std::ranges::includes(named, packs)) superseded.insert(object);
  }
  return superseded;
}

std::shared_ptr<const ChunkIndex> load_index(const PackedPlace& place, const Context& context, const TellDamage& damaged) {
  return load_segments(place, segment_names(place), context, damaged);
}

std::shared_ptr<const ChunkIndex> load_complete_index(const PackedPlace& place, const Context& context) {
  auto index = std::make_shared<ChunkIndex>();
  add_segments(place, *index, segment_names(place), context, ignore);
  for (const Pack& pack : read_unnamed(place, *index, context, ignore)) index->add(pack);
  index->finish();
  return index;
}

RepairReport rebuild_index(const PackedPlace& place, Context& context) {
  RepairReport report;
  std::vector<std::string> damaged;
  const auto readable = load_index(place, context, [&](const std::string& segment, const Error&) { damaged.push_back(segment); });
  const auto warn = [&](const std::string& object, const Error& error) {
    if (error.code() == ErrorCode::not_found) return;  // collected meanwhile
    context.warn("left out of the index: " + error.message(), object);
    ++report.unreadable_packs;
  };
  SegmentWriter segments(place, *context.host.random);
  for (Pack& pack : read_unnamed(place, *readable, context, warn)) {
    segments.add(std::move(pack));
    ++report.indexed_packs;
  }
  segments.finish();
  for (const std::string& segment : damaged) {
    remove_unless_locked(place.storage(), segment);
    ++report.removed_segments;
  }
  return report;
}

std::shared_ptr<const ChunkIndex> IndexCache::get() const {
  const std::lock_guard lock(mutex_);
  if (!index_) load(segment_names(*place_));
  return index_;
}

std::shared_ptr<const ChunkIndex> IndexCache::fresh() const {
  const std::lock_guard lock(mutex_);
  // Segments never change, and their names depend on their contents.
  std::vector<std::string> segments = segment_names(*place_);
  if (!index_ || segments_.empty() || segments != segments_) load(std::move(segments));
  return index_;
}

// After loading, each of `segments` is in the index, or was removed meanwhile and is in no later listing.
void IndexCache::load(std::vector<std::string> segments) const {
  bool whole = true;
  // Goes on if a segment cannot be read: its chunks may be elsewhere, and reading a missing chunk reports it.
  index_ = load_segments(*place_, segments, Context(), [&whole](const std::string&, const Error&) { whole = false; });
  segments_ = whole ? std::move(segments) : std::vector<std::string>();
}

std::shared_ptr<const ChunkIndex> IndexCache::newer(const std::shared_ptr<const ChunkIndex>& old) const {
  {
    const std::lock_guard lock(mutex_);
    if (index_ == old) index_.reset();
  }
  return get();
}

std::shared_ptr<const ChunkIndex> IndexCache::complete() const {
  const std::lock_guard lock(mutex_);
  segments_.clear();
  return index_ = load_complete_index(*place_, Context());
}

void IndexCache::forget() const {
  const std::lock_guard lock(mutex_);
  index_.reset();
}

}  // namespace holdfast
