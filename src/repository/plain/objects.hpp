#pragma once

#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/storage.hpp"
#include "repository/doubts.hpp"
#include "repository/plain/place.hpp"

namespace holdfast {

constexpr std::string_view kSessions = "sessions/";

/// The two places of a backup's manifest: in its folder, and beside its single stream. Stored names.
std::string folder_manifest(const PlainPlace& place, const BackupId& id);
std::string stream_manifest(const PlainPlace& place, const BackupId& id);
/// Those of the two names that are taken, whatever stands there. Anybody can put something in the other place.
std::vector<std::string> find_manifests(const PlainPlace& place, const BackupId& id);
inline bool has_manifest(const PlainPlace& place, const BackupId& id) { return !find_manifests(place, id).empty(); }

/// Everything named as the backup's own ("ID/…", "ID.…"), its manifest included.
std::vector<ObjectInfo> backup_objects(const PlainPlace& place, const BackupId& id);

// Session records: each says that a backup is being written or removed (docs/format.md, "The order of durable effects").

/// "sessions/ID.json", or with a part "sessions/ID.PART.json". Stored name.
std::string session_object(const PlainPlace& place, const BackupId& id, std::string_view part = {});
PutResult put_session(const PlainPlace& place, const std::string& object, const BackupId& id, const char* purpose, const Context& context);
/// Puts "sessions/ID.PART.json", or where somebody has that name already, one that nobody can have taken. The object's name.
std::string put_session_part(const PlainPlace& place, const BackupId& id, const std::string& part, const char* purpose,
                             const Context& context);
/// Opens a record. Throws Error{corrupt} naming it.
void check_session(const PlainPlace& place, const std::string& object);
/// The records of an id that open, of whatever purpose: nothing else says anything.
std::vector<ObjectInfo> session_records(const PlainPlace& place, Doubts& doubts, const BackupId& id);
bool is_fence(const std::string& object);
/// An id, and the record that claims it.
struct Claim {
  BackupId id;
  std::string record;  ///< stored name
  Bytes bytes;         ///< as stored; no other record's are the same
};
/// B1, B2: the first id for this time that nobody has, claimed by its session record. Where `time` is not the storage's, one for that.
Claim claim_id(const PlainPlace& place, TimePoint time, Doubts& doubts);
/// B5, B7: whether nobody took this writer for dead, or removed its backup: its own record is there, and no fence.
bool may_commit(const PlainPlace& place, Doubts& doubts, const Claim& claim);
/// Removes these records of an id, fences last.
void release_session(const PlainPlace& place, const std::vector<ObjectInfo>& records);

}  // namespace holdfast
