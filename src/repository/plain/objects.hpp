#pragma once

#include <optional>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/storage.hpp"
#include "repository/plain/place.hpp"

namespace holdfast {

constexpr std::string_view kSessions = "sessions/";

/// The two places of a backup's manifest: in its folder, and beside its single stream. Stored names.
std::string folder_manifest(const PlainPlace& place, const BackupId& id);
std::string stream_manifest(const PlainPlace& place, const BackupId& id);
/// The one that is there.
std::optional<std::string> find_manifest(const PlainPlace& place, const BackupId& id);

/// Everything named as the backup's own ("ID/…", "ID.…"), its manifest included.
std::vector<ObjectInfo> backup_objects(const PlainPlace& place, const BackupId& id);

// Session records: each says that a backup is being written or removed (docs/format.md, "The order of durable effects").

/// "sessions/ID.json", or with a part "sessions/ID.PART.json". Stored name.
std::string session_object(const PlainPlace& place, const BackupId& id, std::string_view part = {});
PutResult put_session(const PlainPlace& place, const std::string& object, const BackupId& id, const char* purpose, const Context& context);
/// All records of an id, of whatever purpose.
std::vector<ObjectInfo> session_records(const PlainPlace& place, const BackupId& id);
/// An id, and the record that claims it.
struct Claim {
  BackupId id;
  std::string record;  ///< stored name
  Bytes bytes;         ///< as stored; no other record's are the same
};
/// B1, B2: the first id for this time that nobody has, claimed by its session record. Where `time` is not the storage's, one for that.
Claim claim_id(const PlainPlace& place, TimePoint time, const Context& context);
/// B5, B7: whether nobody took this writer for dead, or removed its backup: its own record is there, and no fence.
bool may_commit(const PlainPlace& place, const Claim& claim);
/// Removes these records of an id, and the fence last.
void release_session(const PlainPlace& place, const BackupId& id, const std::vector<ObjectInfo>& records);

}  // namespace holdfast
