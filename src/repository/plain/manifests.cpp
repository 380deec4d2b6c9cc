#include "repository/plain/manifests.hpp"

#include "base/digest.hpp"
#include "holdfast/error.hpp"
#include "repository/names.hpp"
#include "repository/plain/objects.hpp"

namespace holdfast {

std::string manifest_object(const PlainPlace& place, const BackupId& id) {
  if (is_backup_id(id)) {
    if (const auto object = find_manifest(place, id)) return *object;
  }
  throw Error(ErrorCode::not_found, "there is no backup " + id + " in " + place.info().uri);
}

StoredManifest read_manifest(const PlainPlace& place, const BackupId& id, const std::string& object) {
  return open_manifest(place, id, object, place.get(object, kManifestLimit));
}

StoredManifest open_manifest(const PlainPlace& place, const BackupId& id, const std::string& object, ByteView stored) {
  const nlohmann::json members = place.unseal("manifest", object, stored);
  return {std::make_shared<const Manifest>(decode_manifest(members, id, object)), sha256_hex(stored), stored.size()};
}

}  // namespace holdfast
