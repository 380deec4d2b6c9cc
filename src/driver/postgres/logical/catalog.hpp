#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/client/names.hpp"
#include "driver/postgres/logical/row_sum.hpp"

namespace holdfast::postgres {

/// A table as listed before it is locked.
struct TableName {
  std::uint32_t oid = 0;
  std::string schema, name;
  char kind = 'r';                      ///< pg_class.relkind: 'r' holds rows, 'p' only partitions
  bool readable = true;                 ///< our role may SELECT from it
  bool filtered = false;                ///< a row-level security policy would hide rows from our role
  std::vector<RelationName> ancestors;  ///< the partitioned tables that it belongs to
  bool operator==(const TableName&) const = default;
};

/// A table whose rows are copied: ordinary tables, partitions, inheritance children, extension configuration tables.
struct Table {
  std::uint32_t oid = 0;
  std::string schema, name;
  std::vector<RelationName> ancestors;  ///< the partitioned tables that it belongs to
  std::vector<std::string> columns;     ///< without generated ones, in the order they are copied
  std::set<std::string> hidden;         ///< columns that are read as null: their values differ from the backup's
  std::string filter;                   ///< for extension configuration tables: " WHERE …" as the extension declared it
  std::string extension;                ///< not empty: a configuration table of that extension
  bool from_extension() const noexcept { return !extension.empty(); }
  bool unreadable = false;        ///< unlogged, on a standby: the server has none of its rows
  bool ranges = false;            ///< a heap on a server that can scan tid ranges
  std::string root_schema, root;  ///< not empty: rows are loaded through this root (hash partitions on enums)
  std::uint64_t pages = 0;        ///< of the heap
  std::uint64_t bytes = 0;        ///< with TOAST
  RowSum proof;                   ///< set while the table is read
};

struct Sequence {
  std::string schema, name;
  std::string last_value;
  bool is_called = false;
  std::string extension;  ///< not empty: a configuration sequence of that extension
  bool operator==(const Sequence&) const = default;
};

struct MaterializedView {
  std::string schema, name;
  bool populated = true;
};

/// A fixed query over large objects, read and proven like a table.
struct LargeObjectStream {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;  ///< of pg_largeobject, an estimate for the split into streams
  RowSum names;             ///< oid, comment, owner, grants
  RowSum contents;          ///< oid, offset, bytes
};

/// All facts about one database that a backup has besides DDL and rows. Stored as the entry "catalog.json".
struct Catalog {
  int server_version = 0;
  std::string server_version_text;
  std::string database;
  std::string encoding;  ///< "UTF8"; the encoding of all COPY data, too
  std::string collate, ctype, provider, icu_locale;
  std::string database_setup;  ///< read_database_setup()
  std::string wal_position;
  std::string bootstrap_role;          ///< owns the objects of every database; a scratch server is created with it
  Bytes row_key;                       ///< RowKey::kSize random bytes
  bool narrowed = false;               ///< only named tables were copied
  std::vector<RelationName> excluded;  ///< tables that were excluded by name
  std::vector<Table> tables;
  std::vector<Sequence> sequences;
  std::vector<MaterializedView> materialized_views;             ///< in an order in which they can be refreshed
  std::vector<std::pair<std::string, std::string>> extensions;  ///< name, version
  std::set<std::string> extension_schemas;                      ///< only during a backup: its archive names them
  LargeObjectStream large_objects;

  bool partial() const noexcept { return narrowed || !excluded.empty(); }
  std::uint64_t rows() const;
};

/// Lists the tables that hold or partition user data, in the connection's transaction.
std::vector<TableName> list_tables(Connection& connection);
/// Reads everything except large objects and the tables' proofs. `chosen` are the tables to copy. `whole` means that
/// these are all tables: then an unreadable sequence is an error.
Catalog read_catalog(Connection& connection, const std::vector<TableName>& chosen, bool whole);
/// Reads the facts about the connection's database itself: version, name, encoding, locale, properties.
void read_database(Connection& connection, Catalog& catalog);
/// Returns SQL about the connection's database itself, with %DATABASE% for its name: comment, settings, connection
/// limit, labels, grants, owner.
std::string read_database_setup(Connection& connection);
/// Counts the large objects. They belong to no table: a backup of named tables does not include them.
void count_large_objects(Connection& connection, Catalog& catalog);
std::vector<Sequence> read_sequences(Connection& connection, bool skip_unreadable);

/// Returns JSON text. Names in SQL_ASCII databases may be any bytes: they are stored as Latin-1 code points.
std::string to_json(const Catalog& catalog);
/// Throws Error{corrupt}.
Catalog catalog_from_json(std::string_view text);

}  // namespace holdfast::postgres
