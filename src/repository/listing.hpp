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
  std::string manifest_sha256;  ///< hex; empty if it can't be read
};

/// What a layout has to list, and how it opens the stored bytes. Both openers are called from several threads and throw what is wrong.
struct BackupListing {
  struct Line {
    BackupId id;
    ObjectInfo object;  ///< its manifest
  };
  std::vector<Line> backups;
  std::vector<ObjectInfo> proofs;
  std::uint64_t limit = 0;  ///< of a manifest's bytes
  std::function<ListedBackup(const Line& line, ByteView stored)> open_backup;
  std::function<Proof(const std::string& object, ByteView stored)> open_proof;
};

/// The lines of a listing, newest first. What somebody removes meanwhile is left out; a backup that can't be read is marked as damaged, a
/// proof that can't is a warning. Throws where the storage fails for now.
std::vector<BackupInfo> list_backups(ListedObjects& objects, const BackupListing& listing, const Context& context);

}  // namespace holdfast
