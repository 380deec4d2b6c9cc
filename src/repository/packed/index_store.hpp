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

/// Puts one index segment that says what these packs hold; its stored size.
std::uint64_t put_segment(const PackedPlace& place, const std::vector<Pack>& packs, Random& random);
/// Reads one. Throws Error{corrupt} naming it, Error{not_found} if it went meanwhile.
std::vector<Pack> read_segment(const PackedPlace& place, const std::string& object);

/// Collects packs and puts a segment for them whenever enough came together. One thread at a time.
class SegmentWriter {
 public:
  SegmentWriter(const PackedPlace& place, Random& random) : place_(place), random_(random) {}
  void add(Pack pack);
  /// Puts what is left. The number of stored bytes of all segments.
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

/// Loads every segment. One that can't be read is told to `damaged` and left out.
std::shared_ptr<const ChunkIndex> load_index(const PackedPlace& place, const Context& context, const TellDamage& damaged);
/// The same, and what all packs that no readable segment names say of themselves: slow, but it needs no segment at all.
std::shared_ptr<const ChunkIndex> load_complete_index(const PackedPlace& place, const Context& context);

/// Reads the header of every pack that no readable segment names, puts segments for them, and removes the segments that are damaged. A pack
/// that can't be read is a warning.
RepairReport rebuild_index(const PackedPlace& place, Context& context);

/// Segments of `index` that say nothing any more: they name packs that are not `listed` (objects), and what else they name others do, too.
std::set<std::string> superseded_segments(const ChunkIndex& index, const std::set<std::string>& listed);

/// The index of an open repository: loaded when first needed, again when asked. Safe from many threads.
class IndexCache {
 public:
  explicit IndexCache(std::shared_ptr<const PackedPlace> place) : place_(std::move(place)) {}
  std::shared_ptr<const ChunkIndex> get() const;
  /// A newer one than `old`.
  std::shared_ptr<const ChunkIndex> newer(const std::shared_ptr<const ChunkIndex>& old) const;
  /// One that needs no index segment; only where a chunk is not found otherwise.
  std::shared_ptr<const ChunkIndex> complete() const;
  /// What the segments that are there now say: loaded again unless they are those that were loaded before.
  std::shared_ptr<const ChunkIndex> fresh() const;
  void forget() const;

 private:
  void load(std::vector<std::string> segments) const;

  std::shared_ptr<const PackedPlace> place_;
  mutable std::mutex mutex_;  // guards the two below
  mutable std::shared_ptr<const ChunkIndex> index_;
  mutable std::vector<std::string> segments_;  // that the index was made of; empty if it was made otherwise
};

}  // namespace holdfast
