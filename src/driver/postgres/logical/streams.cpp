#include "driver/postgres/logical/streams.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "driver/postgres/client/long_row.hpp"
#include "driver/postgres/client/names.hpp"

namespace holdfast::postgres {

namespace {

std::string table_entry(const Table& table, const std::string& encoding) {
  return "data/" + name_to_text(table.schema, encoding) + "." + name_to_text(table.name, encoding);
}

std::string select_columns(const Table& table) {
  std::string list;
  for (const std::string& column : table.columns)
    list += (list.empty() ? "" : ", ") + (table.hidden.contains(column) ? "NULL" : quote_identifier(column));
  return list;
}

std::string to_stdout(const std::string& encoding) { return " TO STDOUT (ENCODING " + quote_literal(encoding) + ")"; }

Stream table_stream(Table& table) {
  Stream stream;
  stream.table = &table;
  stream.proof = &table.proof;
  stream.lock_sql = "LOCK TABLE ONLY " + qualified(table.schema, table.name) + " IN ACCESS SHARE MODE NOWAIT";
  return stream;
}

std::string query_of(const Stream& stream) { return "(SELECT " + select_columns(*stream.table) + " FROM " + stream.rows + ")"; }

// COPY of a table costs the server less than COPY of a query, so a whole table is requested by name.
Stream whole_table(Table& table, const std::string& encoding) {
  Stream stream = table_stream(table);
  const std::string name = qualified(table.schema, table.name);
  stream.entry = table_entry(table, encoding) + ".copy";
  stream.weight = table.bytes;
  stream.rows = "ONLY " + name + (table.filter.empty() ? "" : " " + table.filter);
  stream.copy_sql =
      "COPY " + (table.filter.empty() && table.hidden.empty() ? name + column_list(table) : query_of(stream)) + to_stdout(encoding);
  return stream;
}

// If a table or its indexes grow a little, it is cut at the same places again, so that a packed repository already has
// nearly all of its chunks. Rounds to the nearest step: otherwise the most common size, a power of two, would be at the
// edge of a step, and the map that the first vacuum creates would move every cut.
std::uint64_t rounded(std::uint64_t pages) {
  const std::uint64_t step = std::bit_floor(pages) / 4;
  return step == 0 ? pages : (pages + step / 2) / step * step;
}

void split_table(Table& table, const std::string& encoding, std::uint64_t bytes_per_stream, std::vector<Stream>& streams) {
  if (table.unreadable) return;
  // Pages with pointers to TOAST are heavier than they look, so each page counts as its share of the table's total
  // size.
  const std::uint64_t page_weight = std::max<std::uint64_t>(1, table.bytes / std::max<std::uint64_t>(1, table.pages));
  const std::uint64_t pages_each = rounded(std::max<std::uint64_t>(1, bytes_per_stream / page_weight));
  if (!table.ranges || !table.filter.empty() || table.pages <= pages_each + pages_each / 2) {
    streams.push_back(whole_table(table, encoding));
    return;
  }
  unsigned part = 0;
  for (std::uint64_t first = 0; first < table.pages; first += pages_each) {
    // The last range has no end: pages may have been added since the size was read, and the snapshot decides which rows
    // they show.
    const bool last = first + pages_each >= table.pages;
    Stream stream = table_stream(table);
    stream.entry = fmt::format("{}/{:05}.copy", table_entry(table, encoding), ++part);
    stream.weight = std::min(pages_each, table.pages - first) * page_weight;
    stream.range = last ? fmt::format("pages {}-", first) : fmt::format("pages {}-{}", first, first + pages_each - 1);
    stream.rows = fmt::format("ONLY {} WHERE ctid >= '({},0)'::pg_catalog.tid{}", qualified(table.schema, table.name), first,
                              last ? std::string() : fmt::format(" AND ctid < '({},0)'::pg_catalog.tid", first + pages_each));
    stream.copy_sql = "COPY " + query_of(stream) + to_stdout(encoding);
    streams.push_back(std::move(stream));
  }
}

// Uses only SQL functions, never libpq's lo_*: the answer is an ordinary row, and a hostile server cannot overrun a
// buffer.
constexpr const char* kNamesQuery = R"(COPY (
SELECT m.oid, coalesce(pg_catalog.obj_description(m.oid, 'pg_largeobject'), ''), pg_catalog.pg_get_userbyid(m.lomowner),
  CASE WHEN m.lomacl IS NULL THEN '' ELSE
    'REVOKE ALL ON LARGE OBJECT ' || m.oid || ' FROM ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(m.lomowner)) || ';'
    || coalesce((SELECT pg_catalog.string_agg(
        CASE WHEN a.grantor = m.lomowner THEN '' ELSE
          E'\nSET SESSION AUTHORIZATION ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantor)) || ';' END
        || E'\nGRANT ' || a.privilege_type || ' ON LARGE OBJECT ' || m.oid || ' TO '
        || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END
        || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION;' ELSE ';' END
        || CASE WHEN a.grantor = m.lomowner THEN '' ELSE E'\nRESET SESSION AUTHORIZATION;' END, '' ORDER BY a.rank)
      FROM pg_catalog.aclexplode(m.lomacl) WITH ORDINALITY a(grantor, grantee, privilege_type, is_grantable, rank)), '') END
FROM pg_catalog.pg_largeobject_metadata m ORDER BY m.oid))";

constexpr const char* kContentsQuery = R"(COPY (
SELECT m.oid, g.start, pg_catalog.lo_get(m.oid, g.start, 1048576)
FROM pg_catalog.pg_largeobject_metadata m
CROSS JOIN LATERAL (SELECT pg_catalog.lo_open(m.oid, 262144) AS fd OFFSET 0) f
CROSS JOIN LATERAL (SELECT pg_catalog.lo_lseek64(f.fd, 0, 2) AS size OFFSET 0) s
CROSS JOIN LATERAL (SELECT s.size, pg_catalog.lo_close(f.fd) AS closed OFFSET 0) c
CROSS JOIN LATERAL pg_catalog.generate_series(0, c.size - 1, 1048576) g(start)
WHERE c.closed = 0 AND m.oid::pg_catalog.int8 % {} = {}))";

void plan_large_objects(Catalog& catalog, std::uint64_t bytes_per_stream, std::vector<Stream>& streams) {
  LargeObjectStream& objects = catalog.large_objects;
  if (objects.objects == 0) return;
  Stream names;
  names.entry = kLargeObjectNames;
  names.proof = &objects.names;
  names.copy_sql = kNamesQuery + to_stdout(session_encoding(catalog.encoding));
  names.weight = objects.objects * 64;
  streams.push_back(std::move(names));
  const std::uint64_t parts = std::min(objects.objects, objects.bytes / bytes_per_stream + 1);
  for (std::uint64_t part = 0; part < parts; ++part) {
    Stream contents;
    contents.entry = fmt::format("{}{:05}.copy", kLargeObjectContents, part + 1);
    contents.proof = &objects.contents;
    contents.copy_sql = fmt::format(kContentsQuery, parts, part) + to_stdout(catalog.encoding);
    contents.weight = objects.bytes / parts;
    streams.push_back(std::move(contents));
  }
}

}  // namespace

RowSum read_stream(Connection& connection, const Stream& stream, const RowKey& key, Bytes& block,
                   const std::function<void(ByteView)>& take) {
  RowSplitter rows(key);
  try {
    connection.copy_out_begin(stream.copy_sql);
    while (const std::size_t got = connection.copy_out_read(block)) {
      const ByteView piece = ByteView(block).first(got);
      rows.add(piece);
      take(piece);
    }
    const RowSum sum = rows.finish();
    connection.copy_out_end(sum.rows);
    return sum;
  } catch (const ServerError& error) {
    if (is_long_row(error)) throw LongRow(error, rows.rows());
    throw;
  }
}

std::string column_list(const Table& table) { return table.columns.empty() ? "" : " (" + select_columns(table) + ")"; }

RelationName row_destination(const Table& table) {
  return table.root.empty() ? RelationName(table.schema, table.name) : RelationName(table.root_schema, table.root);
}

std::string copy_in_sql(const Table& table, const std::string& encoding, bool freeze, CopyFormat format) {
  const auto [schema, name] = row_destination(table);
  return "COPY " + qualified(schema, name) + column_list(table) + " FROM STDIN (ENCODING " + quote_literal(encoding) +
         (format == CopyFormat::binary ? ", FORMAT binary" : "") + (freeze ? ", FREEZE)" : ")");
}

std::uint64_t stream_size(const Catalog& catalog, unsigned jobs) {
  constexpr std::uint64_t kSmallest = std::uint64_t{32} << 20, kLargest = std::uint64_t{4} << 30;
  std::uint64_t total = catalog.large_objects.bytes;
  for (const Table& table : catalog.tables) total += table.bytes;
  return std::clamp(total / (std::uint64_t{16} * jobs), kSmallest, kLargest);
}

std::vector<Stream> plan_streams(Catalog& catalog, std::uint64_t bytes_per_stream) {
  std::vector<Stream> streams;
  for (Table& table : catalog.tables) split_table(table, catalog.encoding, bytes_per_stream, streams);
  plan_large_objects(catalog, bytes_per_stream, streams);
  // Largest first: the last streams are small, so the connections finish at about the same time.
  std::stable_sort(streams.begin(), streams.end(), [](const Stream& a, const Stream& b) { return a.weight > b.weight; });
  return streams;
}

}  // namespace holdfast::postgres
