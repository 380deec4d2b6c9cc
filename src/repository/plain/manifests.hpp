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

/// Returns the name of a backup's manifest. Throws Error{not_found} that names the backup.
std::string manifest_object(const PlainPlace& place, const BackupId& id, Doubts& doubts);
/// Returns which of the manifests in a backup's two places opens; the first if none does.
std::string the_one_that_opens(const PlainPlace& place, const BackupId& id, const std::vector<std::string>& found, Doubts& doubts);
/// Opens a manifest from its stored bytes. Throws Error{corrupt} that names the object.
StoredManifest open_manifest(const PlainPlace& place, const BackupId& id, const std::string& object, ByteView stored);
/// Reads and checks a manifest. Throws Error{corrupt} that names the object.
StoredManifest read_manifest(const PlainPlace& place, const BackupId& id, const std::string& object);

}  // namespace holdfast
