#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "repository/packed/backups.hpp"

namespace holdfast {

/// A backup, as far as it could be read.
struct ScannedBackup {
  BackupId id;
  std::optional<StoredRecord> stored;
  std::optional<Manifest> whole;  ///< with its entries
  std::exception_ptr failure;     ///< why one of these is missing

  void require() const {
    if (failure) std::rethrow_exception(failure);
  }
};

/// Reads backups and their entries, as many at a time as the context has jobs. Calls `visit` for each in the order of
/// `ids`, on the caller's thread, also for those that cannot be read. Holds as many backups in memory as it reads at a
/// time.
void scan_backups(const PackedPlace& place, const std::vector<BackupId>& ids, const std::shared_ptr<ChunkReader>& chunks,
                  const Context& context, const std::function<void(const ScannedBackup&)>& visit);

/// Calls `visit` for every chunk that the backup refers to, including list chunks, each before the chunks that it
/// names. If `visit` returns false for a list chunk, skips the chunks that it names. Throws the error that prevented
/// reading the backup, and Error{corrupt} that names its object or a pack.
void walk_chunks(const ScannedBackup& backup, const std::shared_ptr<ChunkReader>& chunks, const Context& context,
                 const std::function<bool(const ChunkId&)>& visit);

}  // namespace holdfast
