// The parts of a PostgreSQL backup from pg_dump's archive and the catalog.
#include <fstream>
#include <iterator>

#include "driver/postgres/archive/archive.hpp"
#include "driver/postgres/archive/archive_compare.hpp"
#include "driver/postgres/archive/archive_data.hpp"
#include "driver/postgres/archive/archive_selection.hpp"
#include "driver/postgres/logical/catalog.hpp"
#include "fuzz/target.hpp"

namespace holdfast::fuzz {

namespace {

using namespace pg_archive;

Bytes written(const ArchiveToc& toc) {
  Bytes bytes;
  ArchiveWriter(*memory_writer(bytes), toc);
  return bytes;
}

void run_archive(ByteView input) {
  const ArchiveToc toc = read_toc(*memory_reader(input));
  std::vector<RelationName> tables;
  for (const TocEntry& entry : toc.entries) {
    if (view(entry.desc) == "TABLE") tables.push_back({std::string(view(entry.schema)), std::string(view(entry.tag))});
  }
  restore_list(select_entries(toc, tables));
  if (!tables.empty()) restore_list(select_entries(toc, {tables.front()}));
  compare_schemas(toc, toc);
  may_refuse([&] { with_data(toc, {.tables = {{.schema = "public", .name = "orders", .columns = {"id"}}}}); });
  may_refuse([&] { with_data(toc, {.large_objects = {{.oid = 1, .comment = "c"}}}); });
  may_refuse([&] {
    const Bytes once = written(toc);
    if (written(read_toc(*memory_reader(once))) != once) throw std::runtime_error("an archive that was written is read differently");
  });
}

std::vector<Bytes> archive_seeds() {
  std::ifstream file(HOLDFAST_GOLDEN "/archive_schema_15.bin", std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  ArchiveToc toc = read_toc(*memory_reader(as_bytes(text)));
  std::vector<Bytes> seeds{written(toc)};
  if (toc.entries.size() > 12) toc.entries.resize(12);
  for (const int minor : {12, 14, 15, 16}) {
    toc.header.minor = minor;
    seeds.push_back(written(toc));
  }
  return seeds;
}

void run_catalog(ByteView input) { postgres::to_json(postgres::catalog_from_json(as_text(input))); }

std::vector<Bytes> catalog_seeds() {
  postgres::Catalog catalog;
  catalog.encoding = "UTF8";
  catalog.row_key = Bytes(postgres::RowKey::kSize);
  catalog.tables.push_back({});
  catalog.tables.back().schema = "public";
  catalog.tables.back().name = "orders";
  catalog.sequences.push_back({});
  catalog.extensions.emplace_back("plpgsql", "1.0");
  const std::string text = postgres::to_json(catalog);
  const ByteView bytes = as_bytes(text);
  return {Bytes(bytes.begin(), bytes.end())};
}

}  // namespace

std::vector<FuzzTarget> archive_targets() {
  return {{"postgres-archive", run_archive, archive_seeds}, {"postgres-catalog", run_catalog, catalog_seeds}};
}

}  // namespace holdfast::fuzz
