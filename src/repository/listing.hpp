#pragma once

#include <functional>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/manifest.hpp"
#include "repository/proof.hpp"

namespace holdfast {

/// A backup in a listing, and the hash that its proofs must name.
struct ListedBackup {
  BackupInfo info;
  std::string manifest_sha256;  ///< hex; empty if it can't be read
};

/// What a layout has to list, and how it reads it. Both readers are called from several threads and throw what reading throws.
struct Listing {
  std::vector<BackupId> ids;        ///< of what is to be listed
  std::vector<std::string> proofs;  ///< objects
  std::function<ListedBackup(std::size_t)> read_backup;
  std::function<Proof(const std::string& object)> read_proof;
};

/// The lines of a listing, newest first. What somebody removes meanwhile is left out; a backup that can't be read is marked as damaged, a
/// proof that can't is a warning. Throws where the storage fails for now.
std::vector<BackupInfo> list_backups(const Listing& listing, const Context& context);

}  // namespace holdfast
