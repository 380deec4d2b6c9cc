// Puts the archive code to work on real databases, for archive_export_test.sh:
//   archive_tool export CONNINFO SCHEMA.dump OUT     adds the database's data to the schema archive
//   archive_tool select SCHEMA.dump SCHEMA TABLE …   prints a list for pg_restore -L, and on standard error what is left out
//   archive_tool compare A.dump B.dump               prints differences; status 1 if there are any
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "driver/postgres/archive_compare.hpp"
#include "driver/postgres/archive_data.hpp"
#include "driver/postgres/archive_selection.hpp"
#include "driver/postgres/catalog.hpp"
#include "driver/postgres/streams.hpp"

namespace hf = holdfast;
namespace pg = holdfast::postgres;
using namespace holdfast::pg_archive;

namespace {

ArchiveToc read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return read_toc(*hf::memory_reader(hf::as_bytes(text)));
}

class FileWriter final : public hf::Writer {
 public:
  explicit FileWriter(const std::string& path) : file_(path, std::ios::binary) {}
  void write(hf::ByteView data) override {
    file_.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
  }
  void commit() override {
    file_.close();
    if (!file_) throw hf::Error(hf::ErrorCode::io, "can't write the archive");
  }

 private:
  std::ofstream file_;
};

ArchiveContents contents_of(const pg::Catalog& catalog, pg::Connection& connection) {
  ArchiveContents contents;
  for (const pg::Table& table : catalog.tables) {
    contents.tables.push_back({.oid = table.oid,
                               .schema = table.schema,
                               .name = table.name,
                               .columns = table.columns,
                               .root_schema = table.root_schema,
                               .root_name = table.root,
                               .from_extension = table.from_extension});
  }
  for (const pg::Sequence& sequence : catalog.sequences) {
    contents.sequences.push_back(
        {.schema = sequence.schema, .name = sequence.name, .last_value = std::stoll(sequence.last_value), .is_called = sequence.is_called});
  }
  for (const pg::MaterializedView& item : catalog.materialized_views) {
    if (item.populated) contents.populated_views.push_back({item.schema, item.name});
  }
  // Granted in the order of the server's list, by those who granted: the list comes out the same.
  const pg::Rows objects = connection.query(R"(
SELECT oid, pg_get_userbyid(lomowner), coalesce(obj_description(oid, 'pg_largeobject'), ''),
  coalesce(format('REVOKE ALL ON LARGE OBJECT %s FROM %I;', oid, pg_get_userbyid(lomowner)) ||
    (SELECT string_agg(format(E'\nSET SESSION AUTHORIZATION %I; GRANT %s ON LARGE OBJECT %s TO %s%s; RESET SESSION AUTHORIZATION;',
        pg_get_userbyid(grantor), privilege_type, oid, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
        CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END), '' ORDER BY place) FROM aclexplode(lomacl) WITH ORDINALITY
      AS a (grantor, grantee, privilege_type, is_grantable, place)),
    format('REVOKE ALL ON LARGE OBJECT %s FROM %I;', oid, pg_get_userbyid(lomowner)))
FROM pg_largeobject_metadata WHERE lomacl IS NOT NULL
UNION ALL SELECT oid, pg_get_userbyid(lomowner), coalesce(obj_description(oid, 'pg_largeobject'), ''), ''
FROM pg_largeobject_metadata WHERE lomacl IS NULL ORDER BY 1)");
  for (int row = 0; row < objects.size(); ++row) {
    contents.large_objects.push_back({.oid = static_cast<std::uint32_t>(objects.number(row, 0)),
                                      .owner = objects.text(row, 1),
                                      .comment = objects.text(row, 2),
                                      .grants = objects.text(row, 3)});
  }
  return contents;
}

void write_data(ArchiveWriter& writer, const DataArchive& archive, const pg::Catalog& catalog, pg::Connection& connection) {
  for (std::size_t i = 0; i < catalog.tables.size(); ++i) {
    const pg::Table& table = catalog.tables[i];
    writer.begin_data(archive.table_ids[i]);
    connection.copy_out("COPY " + pg::qualified(table.schema, table.name) + pg::column_list(table) + " TO STDOUT",
                        [&](std::string_view row) { writer.write(hf::as_bytes(row)); });
    writer.end_data();
  }
}

void write_large_objects(ArchiveWriter& writer, const DataArchive& archive, const ArchiveContents& contents, pg::Connection& connection) {
  if (archive.large_objects_id == 0) return;
  writer.begin_large_objects(archive.large_objects_id);
  for (const LargeObject& object : contents.large_objects) {
    writer.begin_large_object(object.oid);
    constexpr std::size_t kPiece = 1U << 20;
    for (std::size_t at = 0;; at += kPiece) {
      const std::string hex = connection.value(fmt::format("SELECT encode(lo_get({}, {}, {}), 'hex')", object.oid, at, kPiece));
      std::string bytes;
      for (std::size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
      writer.write(hf::as_bytes(bytes));
      if (bytes.size() < kPiece) break;
    }
    writer.end_large_object();
  }
  writer.end_large_objects();
}

int export_database(const std::string& uri, const std::string& schema, const std::string& out) {
  const hf::Context context;
  pg::Connection connection(pg::ConnInfo(uri), context);
  connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  const pg::Catalog catalog = pg::read_catalog(connection, pg::list_tables(connection), true);
  const ArchiveContents contents = contents_of(catalog, connection);
  DataArchive archive = with_data(read_file(schema), contents);
  FileWriter file(out);
  ArchiveWriter writer(file, archive.toc);
  write_data(writer, archive, catalog, connection);
  write_large_objects(writer, archive, contents, connection);
  file.commit();
  return 0;
}

int select_tables(const std::vector<std::string>& arguments) {
  std::vector<RelationName> chosen;
  for (std::size_t i = 2; i + 1 < arguments.size(); i += 2) chosen.push_back({arguments[i], arguments[i + 1]});
  const Selection selection = select_entries(read_file(arguments[1]), chosen);
  fmt::print("{}", restore_list(selection));
  for (const std::string& line : selection.left_out) fmt::print(stderr, "left out: {}\n", line);
  for (const RelationName& name : selection.not_found) fmt::print(stderr, "not found: {}.{}\n", name.schema, name.name);
  return selection.not_found.empty() ? 0 : 1;
}

int compare_files(const std::string& a, const std::string& b) {
  const std::vector<std::string> lines = compare_schemas(read_file(a), read_file(b));
  for (const std::string& line : lines) fmt::print("{}\n", line);
  return lines.empty() ? 0 : 1;
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 4 && arguments[0] == "export") return export_database(arguments[1], arguments[2], arguments[3]);
  if (arguments.size() >= 4 && arguments[0] == "select") return select_tables(arguments);
  if (arguments.size() == 3 && arguments[0] == "compare") return compare_files(arguments[1], arguments[2]);
  fmt::print(stderr, "usage: archive_tool export|select|compare …\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
