#pragma once

#include <memory>
#include <vector>

#include "holdfast/verify.hpp"
#include "repository/packed/backups.hpp"
#include "repository/packed/chunk_reader.hpp"
#include "repository/packed/index_store.hpp"

namespace holdfast {

/// Verifies backups at levels quick and full. Reads each record, list of chunks and pack once, however many of the
/// backups need it, and counts it in the report of the first that does. Adds its faults to the reports of all. Returns
/// one report for each of `ids`, in their order; none for a backup that was removed and collected meanwhile. Memory:
/// one bit for each chunk of the index, four bytes for each pack, and as many backups' entries, or packs, as it reads
/// at a time.
std::vector<VerifyReport> verify_in_one_pass(const PackedPlace& place, const IndexCache& index, const std::shared_ptr<ChunkReader>& chunks,
                                             const std::vector<BackupId>& ids, VerifyLevel level, Context& context);

}  // namespace holdfast
