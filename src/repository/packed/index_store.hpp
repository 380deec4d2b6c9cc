#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "holdfast/error.hpp"
#include "holdfast/repository.hpp"
#include "repository/packed/chunk_index.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

constexpr std::string_view kIndex = "index/";

/// Puts one index segment with the contents of these packs. Returns its stored size.
std::uint64_t put_segment(const PackedPlace& place, const std::vector<Pack>& packs, Random& random);
/// Reads one segment. Throws Error{corrupt} that names it, Error{not_found} if it was removed meanwhile.
std::vector<Pack> read_segment(const PackedPlace& place, const std::string& object);

/// Collects packs, and puts a segment whenever there are enough for one. One thread at a time.
class SegmentWriter {
 public:
  SegmentWriter(const PackedPlace& place, Random& random) : place_(place), random_(random) {}
  void add(Pack pack);
  /// Puts the remaining packs. Returns the number of stored bytes of all segments.
  std::uint64_t finish();

 private:
  void put();
  const PackedPlace& place_;
  Random& random_;
  std::vector<Pack> packs_;
  std::size_t chunks_ = 0;
  std::uint64_t stored_ = 0;
};

using TellDamage = std::function<void(const std::string& object, const Error& error)>;

/// Loads every segment. Reports one that cannot be read to `damaged` and leaves it out.
std::shared_ptr<const ChunkIndex> load_index(const PackedPlace& place, const Context& context, const TellDamage& damaged);
/// Like load_index, and adds all packs that no readable segment names, from their own headers: slow, but needs no
/// segment.
std::shared_ptr<const ChunkIndex> load_complete_index(const PackedPlace& place, const Context& context);

/// Reads the header of every pack that no readable segment names, puts segments for these packs, and removes damaged
/// segments. Warns of a pack that cannot be read.
RepairReport rebuild_index(const PackedPlace& place, Context& context);

/// Returns segments of `index` that are no longer needed: they name packs that are not `listed` (objects), and other
/// segments name all their other packs.
std::set<std::string> superseded_segments(const ChunkIndex& index, const std::set<std::string>& listed);

/// The index of an open repository: loaded at first use, and again on request. Safe from many threads.
class IndexCache {
 public:
  explicit IndexCache(std::shared_ptr<const PackedPlace> place) : place_(std::move(place)) {}
  std::shared_ptr<const ChunkIndex> get() const;
  /// Returns a newer index than `old`.
  std::shared_ptr<const ChunkIndex> newer(const std::shared_ptr<const ChunkIndex>& old) const;
  /// Returns an index that needs no segment. Only for a chunk that is not found otherwise.
  std::shared_ptr<const ChunkIndex> complete() const;
  /// Returns the index of the current segments. Loads it again unless the same segments are loaded.
  std::shared_ptr<const ChunkIndex> fresh() const;
  void forget() const;

 private:
  void load(std::vector<std::string> segments) const;

  std::shared_ptr<const PackedPlace> place_;
  mutable std::mutex mutex_;  // guards the two members below
  mutable std::shared_ptr<const ChunkIndex> index_;
  mutable std::vector<std::string> segments_;  // segments that index_ was made from; empty if it was made otherwise
};

}  // namespace holdfast
