#include "repository/packed/needed_packs.hpp"

#include "holdfast/error.hpp"
#include "repository/packed/backups.hpp"
#include "repository/packed/live_chunks.hpp"

namespace holdfast {

namespace {

class PackWalk {
 public:
  PackWalk(std::shared_ptr<const ChunkIndex> index, std::shared_ptr<ChunkReader> chunks, BackupId id, const Context& context)
      : index_(std::move(index)),
        chunks_(std::move(chunks)),
        id_(std::move(id)),
        context_(context),
        seen_(index_->size()),
        needed_(index_->packs().size()) {}

  void walk(const Tree& tree) {
    TreeWalk walk(
        tree, [this](const ChunkId& list) { return chunks_->read_list_chunk(list); }, backup_object(id_));
    for (TreeWalk::Step step; next(walk, step);) {
      context_.check();
      if (!note(step.ref.id)) walk.skip();
    }
  }

  /// An archived list hides the chunks that it names.
  template <typename Read>
  void unless_frozen(const Read& read) {
    try {
      read();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::invalid_state) throw;
      all_ = false;
    }
  }

  NeededObjects result(std::size_t sources) const {
    NeededObjects found{.sources = sources, .objects = {}, .all = all_};
    for (std::size_t pack = 0; pack < needed_.size(); ++pack) {
      const ChunkIndex::PackEntry& entry = index_->packs()[pack];
      if (needed_[pack]) found.objects.push_back({pack_object(entry.sha256), entry.bytes, {}});
    }
    return found;
  }

 private:
  bool next(TreeWalk& walk, TreeWalk::Step& step) {
    for (;;) {
      bool more = false;
      bool read = false;
      unless_frozen([&] {
        more = walk.next(step);
        read = true;
      });
      if (read) return more;  // otherwise skips the list of the last step
    }
  }

  /// Returns false if the chunk was seen before.
  bool note(const ChunkId& chunk) {
    const ChunkIndex::Range range = index_->find(chunk);
    if (range.empty()) throw_not_named(id_, chunk);
    if (seen_[range.first]) return false;
    seen_[range.first] = true;
    needed_[index_->pack_of(range.first)] = true;  // the reader tries the places in this order
    return true;
  }

  const std::shared_ptr<const ChunkIndex> index_;
  const std::shared_ptr<ChunkReader> chunks_;
  const BackupId id_;
  const Context& context_;
  std::vector<bool> seen_;    // by record of the index
  std::vector<bool> needed_;  // by pack
  bool all_ = true;
};

}  // namespace

NeededObjects needed_packs(const PackedPlace& place, const IndexCache& index, const std::shared_ptr<ChunkReader>& chunks,
                           const BackupId& id, const Context& context) {
  const BackupRecord record = read_record(place, id).record;
  PackWalk walk(index.fresh(), chunks, id, context);
  walk.walk(record.entries);
  walk.unless_frozen([&] {
    for (const EntryRecord& entry : read_whole_manifest(record, chunks).entries) walk.walk(tree_of(entry, backup_object(id)));
  });
  return walk.result(record.manifest.sources.size());
}

}  // namespace holdfast
