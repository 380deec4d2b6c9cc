#include "repository/plain/manifests.hpp"

#include "base/digest.hpp"
#include "holdfast/error.hpp"
#include "repository/names.hpp"
#include "repository/plain/objects.hpp"

namespace holdfast {

std::string manifest_object(const PlainPlace& place, const BackupId& id, Doubts& doubts) {
  const std::vector<std::string> found = is_backup_id(id) ? find_manifests(place, id) : std::vector<std::string>();
  if (found.empty()) throw Error(ErrorCode::not_found, "there is no backup " + id + " in " + place.info().uri);
  return the_one_that_opens(place, id, found, doubts);
}

std::string the_one_that_opens(const PlainPlace& place, const BackupId& id, const std::vector<std::string>& found, Doubts& doubts) {
  if (found.size() == 1) return found.front();
  for (const std::string& object : found) {
    if (doubts.open(object, [&] { read_manifest(place, id, object); }) == Opened::yes) return object;
  }
  return found.front();
}

StoredManifest read_manifest(const PlainPlace& place, const BackupId& id, const std::string& object) {
  return open_manifest(place, id, object, place.get(object, kManifestLimit));
}

StoredManifest open_manifest(const PlainPlace& place, const BackupId& id, const std::string& object, ByteView stored) {
  const JsonTree members = place.unseal("manifest", object, stored);
  return {std::make_shared<const Manifest>(decode_manifest(*members, id, object)), sha256_hex(stored), stored.size()};
}

}  // namespace holdfast
