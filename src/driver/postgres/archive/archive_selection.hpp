#pragma once

#include <string>
#include <vector>

#include "driver/postgres/archive/archive.hpp"
#include "driver/postgres/archive/archive_data.hpp"

namespace holdfast::pg_archive {

struct Selection {
  std::vector<int> dump_ids;            ///< in the archive's order
  std::vector<std::string> left_out;    ///< one line for each object of a chosen table that cannot be restored, and why
  std::vector<RelationName> not_found;  ///< chosen, but not in the archive
};

/// Selects everything that a restore of the chosen tables (also views and sequences) needs: the tables themselves,
/// everything that they depend on (types, functions, sequences, parents, schemas, extensions; tables that are not
/// chosen only if a definition requires them), and everything that belongs to them (indexes, constraints, defaults,
/// triggers, rules, policies, comments, privileges, owned sequences, statistics, their data). Leaves out what belongs
/// to them but needs another table. Restores a foreign key if the rows that it refers to are restored: the table is
/// chosen or, if it is partitioned, all its partitions are. A partition includes its parents; a partitioned table does
/// not include its partitions: choose those. Never includes a publication.
Selection select_entries(const ArchiveToc& toc, const std::vector<RelationName>& chosen);

/// Returns the file for `pg_restore -L`.
std::string restore_list(const Selection& selection);

}  // namespace holdfast::pg_archive
