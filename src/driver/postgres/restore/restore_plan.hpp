#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "driver/postgres/archive/archive.hpp"
#include "driver/postgres/logical/catalog.hpp"
#include "holdfast/target.hpp"

namespace holdfast::postgres {

/// One entry of rows, and the table that they are loaded into.
struct RowsEntry {
  const EntryRecord* entry = nullptr;
  const Table* table = nullptr;  ///< null: large objects
  RowSum recorded;
  bool whole_table = false;  ///< the only entry of its table
};

/// The parts of a restore of a selection from one backup. Read from the backup only; contacts no server.
struct RestorePlan {
  Catalog catalog;
  Bytes archive;  ///< pg_dump's custom archive of the schema
  pg_archive::ArchiveToc toc;
  bool everything = true;     ///< no selection, neither at backup nor now
  bool large_objects = true;  ///< restored unless tables were named, at backup or now
  std::set<int> dump_ids;     ///< of the archive's entries that are restored; empty = all
  std::string list;           ///< the same for pg_restore -L
  std::vector<std::string> left_out;
  std::vector<RowsEntry> rows;  ///< largest first
  std::optional<RowsEntry> large_object_names;
  std::vector<Sequence> sequences;
  std::vector<MaterializedView> materialized_views;

  std::uint64_t plain_bytes() const;
  int dump_major() const;  ///< major version of the pg_dump that wrote the archive
};

/// Throws Error{corrupt} for a backup that lacks a part, Error{not_found} for a selection that matches nothing.
RestorePlan plan_restore(const BackupView& backup, const Selection& selection);

/// Returns the backup's catalog.json.
Catalog read_catalog_entry(const BackupView& backup);

}  // namespace holdfast::postgres
