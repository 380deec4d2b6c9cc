#pragma once

#include <memory>
#include <vector>

#include "holdfast/verify.hpp"
#include "repository/packed/backups.hpp"
#include "repository/packed/chunk_reader.hpp"
#include "repository/packed/index_store.hpp"

namespace holdfast {

/// Looks for damage in backups, levels quick and full: each record, list of chunks and pack is looked at once, however many of the backups
/// need it, and counted in the report of the first that does. What is wrong with it is in the reports of all. One report for each of
/// `ids`, in their order; none for a backup that was removed and collected meanwhile. Memory: one bit for each chunk of the index, four
/// bytes for each pack, and as many backups' entries, or packs, as are read at a time.
std::vector<VerifyReport> verify_in_one_pass(const PackedPlace& place, const IndexCache& index, const std::shared_ptr<ChunkReader>& chunks,
                                             const std::vector<BackupId>& ids, VerifyLevel level, Context& context);

}  // namespace holdfast
