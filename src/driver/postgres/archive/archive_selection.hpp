#pragma once

#include <string>
#include <vector>

#include "driver/postgres/archive/archive.hpp"
#include "driver/postgres/archive/archive_data.hpp"

namespace holdfast::pg_archive {

struct Selection {
  std::vector<int> dump_ids;            ///< in the archive's order
  std::vector<std::string> left_out;    ///< one line for each object of a chosen table that can't come, and why
  std::vector<RelationName> not_found;  ///< chosen, but not in the archive
};

/// What has to be restored to have the chosen tables (views and sequences too): they themselves, all they need (types, functions,
/// sequences, parents, schemas, extensions; tables that are not chosen only if a definition can't do without) and all that belongs to
/// them (indexes, constraints, defaults, triggers, rules, policies, comments, privileges, owned sequences, statistics, their data).
/// What belongs to them but needs another table is left out: a foreign key comes if the rows it refers to do: the table is chosen or, if it
/// is partitioned, all its partitions are. A partition brings its parents; a partitioned table does not bring its partitions: choose those.
/// A publication never comes.
Selection select_entries(const ArchiveToc& toc, const std::vector<RelationName>& chosen);

/// The file for `pg_restore -L`.
std::string restore_list(const Selection& selection);

}  // namespace holdfast::pg_archive
