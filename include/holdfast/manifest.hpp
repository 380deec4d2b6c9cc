#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "holdfast/clock.hpp"

namespace holdfast {

/// Names one backup in its repository. Opaque; ASCII; safe as a file name.
using BackupId = std::string;

/// Free facts of a driver or host, by name.
using Notes = std::map<std::string, std::string>;

/// How far a backup is proven. Each level contains the ones before it.
enum class ProofLevel {
  stored,         ///< committed
  checksummed,    ///< every byte was read back and matched
  restored,       ///< it was restored into a scratch target without an error
  content_equal,  ///< and what was restored equals what was read at backup time
};
std::string to_string(ProofLevel level);           ///< "content-equal"
ProofLevel parse_proof_level(const std::string&);  ///< throws Error{invalid_argument}

/// One named stream of a backup.
struct EntryRecord {
  std::string name;                     ///< unique within its source: "data/public.orders/00001.copy"
  std::string kind;                     ///< what the bytes are, for the driver: "copy", "archive", "json", "stream"
  std::uint32_t source = 0;             ///< index into Manifest::sources
  std::uint64_t plain_bytes = 0;        ///< before any transform
  std::uint64_t stored_bytes = 0;       ///< on the storage; packed layout: 0, for entries share what is stored
  std::string content_hash;             ///< XXH3-128 of the plain bytes, hex
  std::vector<std::string> transforms;  ///< applied in this order: {"zstd", "aes256-gcm-hkdf-1mb"}
  std::string object;                   ///< plain layout: the stored object that holds it
  std::string object_sha256;            ///< plain layout: of the stored bytes, hex
  std::string tree;                     ///< packed layout: names the entry's chunks, "DEPTH:ID"; empty for the empty stream
  Notes attributes;                     ///< the driver's own
  std::string restore_with;             ///< as in EntryInfo
  int restore_order = 0;                ///< as in EntryInfo
};

/// What was read, from where, at which instant.
struct SourceRecord {
  std::string uri;      ///< without secrets
  std::string driver;   ///< "postgresql"
  std::string name;     ///< short, for people: the database's name
  TimePoint instant{};  ///< the data is consistent as of this moment
  Notes notes;          ///< e.g. {"server_version", "15.18"}, {"tables", "5"}, {"rows", "5454000"}
};

/// An object stored beside the entries, for people (RESTORE.txt).
struct ExtraObject {
  std::string object;
  std::uint64_t size = 0;
  std::string sha256;
};

/// The description of one backup; the backup exists exactly when its manifest does.
struct Manifest {
  BackupId id;
  TimePoint started{};
  TimePoint finished{};
  std::string written_by;  ///< "holdfast 0.1.0"
  Notes tags;
  std::vector<SourceRecord> sources;
  std::vector<EntryRecord> entries;
  std::vector<ExtraObject> extras;

  std::uint64_t plain_bytes() const;
  std::uint64_t stored_bytes() const;
};

/// One line of a listing.
struct BackupInfo {
  BackupId id;
  TimePoint time{};  ///< when it was begun
  TimePoint finished{};
  std::vector<SourceRecord> sources;
  Notes tags;
  std::uint64_t entries = 0;
  std::uint64_t plain_bytes = 0;
  std::uint64_t stored_bytes = 0;
  ProofLevel level = ProofLevel::stored;  ///< best proof on record
  TimePoint proven{};                     ///< when that proof was made; epoch if none
  std::string damage;                     ///< not empty: its manifest cannot be read, and why; then only `id` is known
};

/// Whether a backup of that time was made by a clock that was wrong, as far as one that shows `now` can tell: it is minutes ahead.
inline bool is_in_future(TimePoint time, TimePoint now) noexcept { return time > now && time - now > std::chrono::minutes(5); }

}  // namespace holdfast
