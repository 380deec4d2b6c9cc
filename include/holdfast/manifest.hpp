#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/clock.hpp"

namespace holdfast {

/// Identifies one backup in its repository. Opaque; ASCII; safe as a file name.
using BackupId = std::string;

/// Metadata: facts of a driver or host, by name.
using Notes = std::map<std::string, std::string>;

/// Proof levels of a backup. Each level includes the levels before it.
enum class ProofLevel {
  stored,         ///< committed
  checksummed,    ///< every byte was read back and matched its hash
  restored,       ///< restored into a scratch target without an error
  content_equal,  ///< the restored data also equals what was read at backup time
};
std::string to_string(ProofLevel level);           ///< "content-equal"
ProofLevel parse_proof_level(const std::string&);  ///< throws Error{invalid_argument}

/// One named stream of a backup.
struct EntryRecord {
  std::string name;                ///< unique within its source: "data/public.orders/00001.copy"
  std::string kind;                ///< type of the bytes, for the driver: "copy", "archive", "json", "stream"
  std::uint32_t source = 0;        ///< index into Manifest::sources
  std::uint64_t plain_bytes = 0;   ///< before any transform
  std::uint64_t stored_bytes = 0;  ///< on the storage; packed layout: 0, because entries share stored data
  std::string content_hash;        ///< XXH3-128 of the plain bytes, hex
  /// Applied in this order: {"zstd", "aes256-gcm-hkdf-1mb"}; a host's as "NAME@VERSION", always first. The packed
  /// layout records only a host's.
  std::vector<std::string> transforms;
  std::string object;            ///< plain layout: the stored object with the entry's bytes
  std::string object_sha256;     ///< plain layout: of the stored bytes, hex
  std::string tree;              ///< packed layout: the entry's chunks, "DEPTH:ID"; empty for the empty stream
  std::uint64_t tree_bytes = 0;  ///< packed layout: bytes of these chunks, after the host's transforms
  Notes attributes;              ///< the driver's own metadata
  std::string restore_with;      ///< as in EntryInfo
  int restore_order = 0;         ///< as in EntryInfo
};

/// One source of a backup: what was read, from where, and the snapshot time.
struct SourceRecord {
  std::string uri;      ///< without secrets
  std::string driver;   ///< "postgresql"
  std::string name;     ///< short, for people: the database's name
  TimePoint instant{};  ///< snapshot time: the data is consistent as of it
  Notes notes;          ///< e.g. {"server_version", "15.18"}, {"tables", "5"}, {"rows", "5454000"}
};

/// Returns the index of the source with this name, URI or number, counted from 0. Throws Error{not_found} if there is
/// none and Error{invalid_argument} if there are several; the message lists the sources.
std::uint32_t source_index(const std::vector<SourceRecord>& sources, std::string_view wanted);

/// An object stored with the entries, for people (RESTORE.txt).
struct ExtraObject {
  std::string object;
  std::uint64_t size = 0;
  std::string sha256;
};

/// The description of one backup. A backup exists if and only if its manifest exists.
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

/// A verification that found faults.
struct FailedProof {
  TimePoint time{};
  ProofLevel level = ProofLevel::stored;  ///< not reached: stored (quick), checksummed (full), restored (restore)
  std::uint64_t faults = 0;
  std::vector<std::string> first;  ///< the first 20 faults, shortened: "object: what is wrong with it"
};

/// One line of a listing.
struct BackupInfo {
  BackupId id;
  TimePoint time{};  ///< when the backup began
  TimePoint finished{};
  std::vector<SourceRecord> sources;
  Notes tags;
  std::uint64_t entries = 0;
  std::uint64_t plain_bytes = 0;
  std::uint64_t stored_bytes = 0;
  ProofLevel level = ProofLevel::stored;  ///< best proof on record
  TimePoint proven{};                     ///< when that proof was made; epoch if none
  /// The newest verification that found faults, unless a later one of at least its level found none.
  std::optional<FailedProof> failed;
  std::string damage;  ///< not empty: why its manifest cannot be read; then only `id` is known
};

/// Returns whether `time` is minutes ahead of `now`: a wrong clock dated the backup, as far as the clock that shows
/// `now` can tell.
inline bool is_in_future(TimePoint time, TimePoint now) noexcept { return time > now && time - now > std::chrono::minutes(5); }

}  // namespace holdfast
