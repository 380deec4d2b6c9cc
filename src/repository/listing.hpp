#pragma once

#include <functional>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/manifest.hpp"
#include "repository/listed_objects.hpp"
#include "repository/proof.hpp"

namespace holdfast {

/// A backup in a listing, and the hash that its proofs must name.
struct ListedBackup {
  BackupInfo info;
  std::string manifest_sha256;  ///< hex; empty if it cannot be read
};

/// The objects that a layout lists, and the functions that open their bytes. Both functions are called from several
/// threads and throw if the bytes are wrong.
struct BackupListing {
  struct Line {
    BackupId id;
    ObjectInfo object;  ///< the manifest
  };
  std::vector<Line> backups;
  std::vector<ObjectInfo> proofs;
  std::uint64_t limit = 0;  ///< limit of a manifest, in bytes
  std::function<ListedBackup(const Line& line, ByteView stored)> open_backup;
  std::function<Proof(const std::string& object, ByteView stored)> open_proof;
};

/// Builds the listing, newest first. Leaves out what is removed meanwhile. Marks a backup that cannot be read as
/// damaged, and warns of a proof that cannot be read. Throws if the storage fails temporarily.
std::vector<BackupInfo> list_backups(ListedObjects& objects, const BackupListing& listing, const Context& context);

}  // namespace holdfast
