#include "repository/packed/scan.hpp"

#include <algorithm>

#include "base/parallel.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

ScannedBackup read_backup(const PackedPlace& place, const BackupId& id, const std::shared_ptr<ChunkReader>& chunks) {
  ScannedBackup backup{.id = id, .stored = {}, .whole = {}, .failure = {}};
  try {
    backup.stored = read_record(place, id);
    backup.whole = read_whole_manifest(backup.stored->record, chunks);
  } catch (const Error&) {
    backup.failure = std::current_exception();
  }
  return backup;
}

}  // namespace

void scan_backups(const PackedPlace& place, const std::vector<BackupId>& ids, const std::shared_ptr<ChunkReader>& chunks,
                  const Context& context, const std::function<void(const ScannedBackup&)>& visit) {
  const std::size_t at_a_time = std::max(context.jobs(), 1U);
  for (std::size_t begin = 0; begin < ids.size(); begin += at_a_time) {
    std::vector<ScannedBackup> backups(std::min(at_a_time, ids.size() - begin));
    parallel_for(backups.size(), static_cast<unsigned>(at_a_time), [&](std::size_t number) {
      context.check();
      backups[number] = read_backup(place, ids[begin + number], chunks);
    });
    for (const ScannedBackup& backup : backups) visit(backup);
  }
}

void walk_chunks(const ScannedBackup& backup, const std::shared_ptr<ChunkReader>& chunks, const Context& context,
                 const std::function<bool(const ChunkId&)>& visit) {
  backup.require();
  const std::string object = backup_object(backup.id);
  const auto walk_tree = [&](const Tree& tree) {
    TreeWalk walk(
        tree, [&chunks](const ChunkId& list) { return chunks->read_list_chunk(list); }, object);
    for (TreeWalk::Step step; walk.next(step);) {
      context.check();
      if (!visit(step.ref.id)) walk.skip();
    }
  };
  walk_tree(backup.stored->record.entries);
  for (const EntryRecord& entry : backup.whole->entries) walk_tree(tree_of(entry, object));
}

}  // namespace holdfast
