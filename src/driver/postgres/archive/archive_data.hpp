#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "driver/postgres/archive/archive.hpp"

// Turns a schema-only archive into one with data, as pg_dump would have written it.
namespace holdfast::pg_archive {

/// The rows of one table, which begin_data will write.
struct TableData {
  std::uint32_t oid = 0;  ///< of the table; 0 = find it by name
  std::string schema;
  std::string name;
  std::vector<std::string> columns;  ///< in the order of the COPY text, without dropped and generated ones
  std::string root_schema;           ///< not empty: rows are loaded through this root (hash partitions on enums)
  std::string root_name;
  bool from_extension = false;  ///< an extension's configuration table, which the extension creates, not the archive
};

struct SequenceValue {
  std::uint32_t oid = 0;  ///< 0 = find it by name
  std::string schema;
  std::string name;
  std::int64_t last_value = 0;
  bool is_called = false;
  bool from_extension = false;  ///< as for tables
};

struct LargeObject {
  std::uint32_t oid = 0;
  std::string owner;
  std::string comment;  ///< empty = none
  std::string grants;   ///< the statements that set its privileges; empty = default privileges
};

struct RelationName {
  std::string schema;
  std::string name;
  bool operator==(const RelationName&) const = default;
  auto operator<=>(const RelationName&) const = default;
};

struct ArchiveContents {
  std::string encoding;           ///< of all rows; empty = that of the archive
  std::vector<TableData> tables;  ///< in the order in which a restore with one job loads them
  std::vector<SequenceValue> sequences;
  std::vector<LargeObject> large_objects;
  std::vector<RelationName> populated_views;  ///< materialized views to refresh
};

struct DataArchive {
  ArchiveToc toc;
  std::vector<int> table_ids;  ///< the dump id of each table's data, parallel to ArchiveContents::tables
  int large_objects_id = 0;    ///< the dump id of the BLOBS block; 0 = none
};

/// Adds the entries of the data between the definitions before and after the data, and at the end the refreshes of
/// materialized views, each after those that it reads. pg_restore itself makes the dependents of a table wait for its
/// data. This function makes foreign keys, triggers and policies of a partitioned table wait for the data of its
/// partitions, and grants in a schema for those on the schema, whose order pg_dump leaves to chance. Like pg_dump, does
/// not refresh a materialized view that reads an unpopulated one. The blocks may then be written in any order; in the
/// order of the entries, standard pg_restore never seeks. Throws Error{not_found} if a table or sequence is not in the
/// archive.
DataArchive with_data(const ArchiveToc& schema, const ArchiveContents& contents);

/// Returns the partitions of each partitioned table, one level down, by dump id.
std::unordered_map<int, std::vector<int>> partitions_by_parent(const ArchiveToc& toc);

}  // namespace holdfast::pg_archive
