#pragma once

#include <string>
#include <vector>

#include "holdfast/io.hpp"
#include "holdfast/manifest.hpp"
#include "repository/packed/cbor.hpp"
#include "repository/packed/pack.hpp"
#include "repository/packed/tree.hpp"

namespace holdfast {

constexpr std::string_view kBackups = "backups/";
constexpr std::uint64_t kBackupLimit = 4U << 20;
constexpr std::size_t kMaxPrevious = 8;

/// An earlier backup that a record names: if it disappears, this is how it is noticed.
struct Previous {
  BackupId id;
  Hash sha256{};  ///< of the stored record
};

/// The commit record of one backup. Its entries are in a tree of their own.
struct BackupRecord {
  Manifest manifest;  ///< without entries
  Tree entries;
  std::uint64_t entry_count = 0;
  std::uint64_t plain_bytes = 0;   ///< after the host's transforms
  std::uint64_t source_bytes = 0;  ///< before them
  std::uint64_t stored_bytes = 0;  ///< put by this backup
  std::vector<Previous> previous;
};

Bytes encode_record(const BackupRecord& record);
/// Throws Error{corrupt} that names `object`.
BackupRecord decode_record(ByteView content, const BackupId& id, const std::string& object);

/// Writes these as a list.
void encode_previous(const std::vector<Previous>& previous, CborWriter& out);

BackupInfo summary_of(const BackupRecord& record);

/// Returns one entry as it is stored in the entries tree.
Bytes encode_entry(const EntryRecord& entry);
/// Reads the stream of an entries tree. Throws Error{corrupt} that names `object`.
std::vector<EntryRecord> read_entries(Reader& from, const BackupRecord& record, const std::string& object);

/// Convert to and from EntryRecord::tree. Throws Error{corrupt} that names `object`.
std::string to_text(const Tree& tree);
Tree tree_of(const EntryRecord& entry, const std::string& object);

}  // namespace holdfast
