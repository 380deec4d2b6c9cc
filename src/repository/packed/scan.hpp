#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "repository/packed/backups.hpp"

namespace holdfast {

/// A backup as far as it could be read.
struct ScannedBackup {
  BackupId id;
  std::optional<StoredRecord> stored;
  std::optional<Manifest> whole;  ///< with its entries
  std::exception_ptr failure;     ///< why one of these is not there

  void require() const {
    if (failure) std::rethrow_exception(failure);
  }
};

/// Reads backups and their entries, as many at a time as the context has jobs, and passes them on in the order of `ids`, on the caller's
/// thread. What can't be read is passed on, too. Holds as many backups in memory as it reads at a time.
void scan_backups(const PackedPlace& place, const std::vector<BackupId>& ids, const std::shared_ptr<ChunkReader>& chunks,
                  const Context& context, const std::function<void(const ScannedBackup&)>& visit);

/// Calls `visit` for every chunk the backup refers to, list chunks included and before what they name; where it returns false for one of
/// these, what that names is left out. Throws what kept the backup from being read, and Error{corrupt} naming its object or a pack.
void walk_chunks(const ScannedBackup& backup, const std::shared_ptr<ChunkReader>& chunks, const Context& context,
                 const std::function<bool(const ChunkId&)>& visit);

}  // namespace holdfast
