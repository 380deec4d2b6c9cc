#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "driver/postgres/archive/archive.hpp"

// Turns a schema-only archive into one with data, as pg_dump would have written it.
namespace holdfast::pg_archive {

/// The rows of one table that will be written with begin_data.
struct TableData {
  std::uint32_t oid = 0;  ///< of the table; 0 = find it by name
  std::string schema;
  std::string name;
  std::vector<std::string> columns;  ///< in the order of the COPY text: not the dropped and generated ones
  std::string root_schema;           ///< not empty: the rows go in through this partitioned table (hash partitions on enums)
  std::string root_name;
  bool from_extension = false;  ///< an extension's configuration table: it is not in the archive, the extension makes it
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
  std::string grants;   ///< the statements that set its privileges; empty = it has the default ones
};

struct RelationName {
  std::string schema;
  std::string name;
  bool operator==(const RelationName&) const = default;
  auto operator<=>(const RelationName&) const = default;
};

struct ArchiveContents {
  std::string encoding;           ///< of all rows; empty = that of the archive
  std::vector<TableData> tables;  ///< restored in this order when there is one job
  std::vector<SequenceValue> sequences;
  std::vector<LargeObject> large_objects;
  std::vector<RelationName> populated_views;  ///< materialized views to refresh
};

struct DataArchive {
  ArchiveToc toc;
  std::vector<int> table_ids;  ///< the dump id of each table's data, parallel to ArchiveContents::tables
  int large_objects_id = 0;    ///< the dump id of the BLOBS block; 0 if there is none
};

/// Adds the entries of the data between the definitions that come before data and those that come after it, and the refreshes of
/// materialized views at the end, each after those it reads. pg_restore itself makes what depends on a table wait for its data; foreign
/// keys, triggers and policies of a partitioned table are made to wait for that of its partitions, and grants in a schema for those on
/// the schema, which pg_dump leaves to luck. A materialized view that reads one which is not populated is not refreshed (nor by pg_dump).
/// The blocks may then be written in any order; in that of the entries, stock pg_restore never seeks. Throws Error{not_found} when a
/// table or sequence is not in the archive.
DataArchive with_data(const ArchiveToc& schema, const ArchiveContents& contents);

/// The partitions of each partitioned table, one level down, by dump ids.
std::unordered_map<int, std::vector<int>> partitions_by_parent(const ArchiveToc& toc);

}  // namespace holdfast::pg_archive
