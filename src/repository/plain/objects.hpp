#pragma once

#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/storage.hpp"
#include "repository/doubts.hpp"
#include "repository/plain/place.hpp"

namespace holdfast {

constexpr std::string_view kSessions = "sessions/";

/// Return the two places of a backup's manifest: in its folder, and beside its single stream. Stored names.
std::string folder_manifest(const PlainPlace& place, const BackupId& id);
std::string stream_manifest(const PlainPlace& place, const BackupId& id);
/// Returns which of the two names are taken, by any object. Anyone can put something in the other place.
std::vector<std::string> find_manifests(const PlainPlace& place, const BackupId& id);
inline bool has_manifest(const PlainPlace& place, const BackupId& id) { return !find_manifests(place, id).empty(); }

/// Lists all objects whose names are the backup's own ("ID/…", "ID.…"), including its manifest.
std::vector<ObjectInfo> backup_objects(const PlainPlace& place, const BackupId& id);

// Each session record says that a backup is being written or removed (docs/format.md, "The order of durable effects").

/// Returns the stored name "sessions/ID.json", or "sessions/ID.PART.json".
std::string session_object(const PlainPlace& place, const BackupId& id, std::string_view part = {});
PutResult put_session(const PlainPlace& place, const std::string& object, const BackupId& id, const char* purpose, const Context& context);
/// Puts "sessions/ID.PART.json". If that name is taken, uses a random one instead. Returns the object's name.
std::string put_session_part(const PlainPlace& place, const BackupId& id, const std::string& part, const char* purpose,
                             const Context& context);
/// Opens a record. Throws Error{corrupt} that names it.
void check_session(const PlainPlace& place, const std::string& object);
/// Returns the records of an id that open, of any purpose. Others count for nothing.
std::vector<ObjectInfo> session_records(const PlainPlace& place, Doubts& doubts, const BackupId& id);
bool is_fence(const std::string& object);
/// An id, and the record that claims it.
struct Claim {
  BackupId id;
  std::string record;  ///< stored name
  Bytes bytes;         ///< as stored; unique
};
/// B1, B2: claims the first free id for this time with its session record. If `time` is not the storage's, claims an id
/// for the storage's time.
Claim claim_id(const PlainPlace& place, TimePoint time, Doubts& doubts);
/// B5, B7: returns whether this writer was not considered dead and its backup not removed: its own record exists, and
/// no fence.
bool may_commit(const PlainPlace& place, Doubts& doubts, const Claim& claim);
/// Removes these records of an id, fences last.
void release_session(const PlainPlace& place, const std::vector<ObjectInfo>& records);

}  // namespace holdfast
