#pragma once

#include <memory>
#include <string>

#include "repository/doubts.hpp"
#include "repository/manifest_codec.hpp"
#include "repository/plain/place.hpp"

namespace holdfast {

struct StoredManifest {
  std::shared_ptr<const Manifest> manifest;
  std::string sha256;  ///< of the stored bytes
  std::uint64_t stored_bytes = 0;
};

/// Where the manifest of a backup is. Throws Error{not_found} naming the backup.
std::string manifest_object(const PlainPlace& place, const BackupId& id, Doubts& doubts);
/// Of the manifests that stand in a backup's two places the one that opens; the first if none does.
std::string the_one_that_opens(const PlainPlace& place, const BackupId& id, const std::vector<std::string>& found, Doubts& doubts);
/// Out of its stored bytes. Throws Error{corrupt} naming the object.
StoredManifest open_manifest(const PlainPlace& place, const BackupId& id, const std::string& object, ByteView stored);
/// Reads and checks it. Throws Error{corrupt} naming the object.
StoredManifest read_manifest(const PlainPlace& place, const BackupId& id, const std::string& object);

}  // namespace holdfast
