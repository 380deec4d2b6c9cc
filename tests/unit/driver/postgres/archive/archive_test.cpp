#include "driver/postgres/archive/archive.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "driver/postgres/archive/archive_compare.hpp"
#include "driver/postgres/archive/archive_data.hpp"
#include "driver/postgres/archive/archive_selection.hpp"
#include "holdfast/error.hpp"
#include "support/budget.hpp"

namespace hf = holdfast;
using namespace holdfast::pg_archive;

namespace {

hf::Bytes golden() {
  std::ifstream file(HOLDFAST_SOURCE_DIR "/tests/golden/archive_schema_15.bin", std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  REQUIRE(text.size() > 1000);
  const auto bytes = hf::as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

ArchiveToc decode(hf::ByteView bytes) { return read_toc(*hf::memory_reader(bytes)); }

hf::Bytes encode(const ArchiveToc& toc) {
  hf::Bytes out;
  ArchiveWriter(*hf::memory_writer(out), toc);
  return out;
}

hf::ErrorCode code_of(hf::ByteView bytes) {
  try {
    decode(bytes);
  } catch (const hf::Error& error) {
    return error.code();
  }
  return hf::ErrorCode::internal;
}

const TocEntry& entry_of(const ArchiveToc& toc, std::string_view desc, std::string_view tag) {
  const auto found = std::ranges::find_if(toc.entries, [&](const TocEntry& e) { return view(e.desc) == desc && view(e.tag) == tag; });
  CAPTURE(desc);
  CAPTURE(tag);
  REQUIRE(found != toc.entries.end());
  return *found;
}

std::size_t place_of(const ArchiveToc& toc, int id) {
  const auto found = std::ranges::find(toc.entries, id, &TocEntry::dump_id);
  REQUIRE(found != toc.entries.end());
  return static_cast<std::size_t>(found - toc.entries.begin());
}

/// Returns "DESC tag" of the selected entries.
std::vector<std::string> names(const ArchiveToc& toc, const hf::pg_archive::Selection& selection) {
  std::vector<std::string> out;
  for (const int id : selection.dump_ids) {
    const TocEntry& entry = toc.entries[place_of(toc, id)];
    out.push_back(std::string(view(entry.desc)) + " " + std::string(view(entry.tag)));
  }
  std::ranges::sort(out);
  return out;
}

using Names = std::vector<std::string>;

/// Reads the output of ArchiveWriter after the table of contents, as pg_restore would.
class BlockReader {
 public:
  explicit BlockReader(hf::ByteView rest) : rest_(rest) {}
  int byte() {
    REQUIRE(!rest_.empty());
    const int value = std::to_integer<int>(rest_.front());
    rest_ = rest_.subspan(1);
    return value;
  }
  std::int64_t integer() {
    const int sign = byte();
    std::int64_t value = 0;
    for (int i = 0; i < 4; ++i) value |= static_cast<std::int64_t>(byte()) << (8 * i);
    return sign == 0 ? value : -value;
  }
  hf::Bytes chunks() {
    hf::Bytes out;
    while (const std::int64_t length = integer()) {
      REQUIRE(length > 0);
      REQUIRE(static_cast<std::size_t>(length) <= rest_.size());
      out.insert(out.end(), rest_.begin(), rest_.begin() + length);
      rest_ = rest_.subspan(static_cast<std::size_t>(length));
    }
    return out;
  }
  bool at_end() const { return rest_.empty(); }

 private:
  hf::ByteView rest_;
};

std::string inflated(const hf::Bytes& deflated, std::size_t size) {
  std::string out(size + 1, '\0');
  uLongf length = out.size();
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(out.data()), &length, reinterpret_cast<const Bytef*>(deflated.data()), deflated.size()) ==
          Z_OK);
  out.resize(length);
  return out;
}

/// Records the largest request.
class MeasuringReader final : public hf::Reader {
 public:
  explicit MeasuringReader(hf::ByteView bytes) : in_(hf::memory_reader(bytes)) {}
  std::size_t read(std::span<std::byte> out) override {
    largest_ = std::max(largest_, out.size());
    return in_->read(out);
  }
  std::size_t largest() const { return largest_; }

 private:
  std::unique_ptr<hf::Reader> in_;
  std::size_t largest_ = 0;
};

ArchiveToc small_toc() {
  ArchiveToc toc;
  TocEntry table{.dump_id = 5, .catalog_oid = 1259, .object_oid = 16400, .tag = "t", .desc = "TABLE"};
  table.definition = "CREATE TABLE public.t ();\n";
  table.drop_statement = "DROP TABLE public.t;\n";
  table.schema = "public";
  table.tablespace = "";
  table.table_access_method = "heap";
  table.relkind = 'r';
  table.owner = "postgres";
  TocEntry comment{.dump_id = 9, .tag = "TABLE t", .desc = "COMMENT", .section = Section::none};
  comment.dependencies = {5, 7000000};
  toc.entries = {table, comment};
  return toc;
}

}  // namespace

TEST_CASE("an archive of pg_dump 15 is read and written back byte for byte") {
  const hf::Bytes bytes = golden();
  const ArchiveToc toc = decode(bytes);
  CHECK(toc.header.minor == 14);
  CHECK(view(toc.header.database) == "golden");
  CHECK(view(toc.header.dump_version).starts_with("15."));
  const TocEntry& orders = entry_of(toc, "TABLE", "orders");
  CHECK(view(orders.schema) == "shop");
  CHECK(view(orders.owner) == "postgres");
  CHECK(orders.catalog_oid == 1259);
  CHECK(view(orders.definition).find("PARTITION BY RANGE (day)") != std::string_view::npos);
  CHECK(encode(toc) == bytes);
}

TEST_CASE("every format version keeps every field that it has") {
  for (int minor = 12; minor <= 16; ++minor) {
    CAPTURE(minor);
    ArchiveToc toc = small_toc();
    toc.header.minor = minor;
    toc.header.database = "db";
    toc.header.compression = Compression::none;
    toc.header.int_size = minor == 13 ? 8 : 4;
    const ArchiveToc again = decode(encode(toc));
    CHECK(again.header.minor == minor);
    CHECK(again.header.compression == Compression::none);
    REQUIRE(again.entries.size() == 2);
    const TocEntry& table = again.entries[0];
    CHECK(table.tablespace == Text(""));
    CHECK(again.entries[1].tablespace == std::nullopt);
    CHECK(table.table_access_method == (minor >= 14 ? Text("heap") : std::nullopt));
    CHECK(table.relkind == (minor >= 16 ? 'r' : 0));
    CHECK(again.entries[1].dependencies == std::vector<int>{5, 7000000});
    CHECK(again.entries[1].section == Section::none);
  }
}

TEST_CASE("an archive that is cut off anywhere is corrupt") {
  const hf::Bytes bytes = golden();
  for (std::size_t length = hf::test::first_of(5); length < bytes.size(); length += hf::test::every(length < 3000 ? 5 : 31)) {
    CAPTURE(length);
    REQUIRE(code_of(hf::ByteView(bytes).first(length)) == hf::ErrorCode::corrupt);
  }
}

TEST_CASE("no changed byte of an archive crashes its reader") {
  const hf::Bytes bytes = golden();
  for (std::size_t at = 0; at < bytes.size(); at += hf::test::every(at < 300 ? 1 : 23)) {
    hf::Bytes changed = bytes;
    changed[at] ^= std::array{std::byte{0x01}, std::byte{0x80}, std::byte{0xff}}[at % 3];
    CAPTURE(at);
    const hf::ErrorCode code = code_of(changed);  // internal = it was read: many bytes are free text
    const bool expected = code == hf::ErrorCode::corrupt || code == hf::ErrorCode::unsupported || code == hf::ErrorCode::internal;
    REQUIRE(expected);
  }
}

TEST_CASE("a length of two gigabytes costs no memory before the bytes arrive") {
  hf::Bytes bytes = encode({});
  bytes.erase(bytes.end() - 5, bytes.end());  // the number of entries
  for (const int byte : {0, 1, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f}) bytes.push_back(std::byte(byte));
  bytes.resize(bytes.size() + 200000, std::byte{'7'});
  MeasuringReader reader(bytes);
  CHECK_THROWS_WITH_AS(read_toc(reader), doctest::Contains("ends early"), hf::Error);
  CHECK(reader.largest() == 64U << 10);
}

TEST_CASE("other formats, versions and doubled ids are refused by name") {
  hf::Bytes bytes = encode(small_toc());
  hf::Bytes tar = bytes;
  tar[10] = std::byte{3};
  CHECK(code_of(tar) == hf::ErrorCode::unsupported);
  hf::Bytes future = bytes;
  future[6] = std::byte{17};
  CHECK(code_of(future) == hf::ErrorCode::unsupported);
  ArchiveToc twice = small_toc();
  twice.entries[1].dump_id = 5;
  CHECK(code_of(encode(twice)) == hf::ErrorCode::corrupt);
}

TEST_CASE("the reader stops right after the table of contents") {
  hf::Bytes bytes = encode(small_toc());
  bytes.push_back(std::byte{42});
  const auto reader = hf::memory_reader(hf::ByteView(bytes));
  read_toc(*reader);
  std::byte next{};
  CHECK(reader->read({&next, 1}) == 1);
  CHECK(next == std::byte{42});
}

TEST_CASE("data blocks hold the bytes, deflated or plain, however they were handed over") {
  for (const Compression compression : {Compression::none, Compression::gzip}) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{777}, std::size_t{3} << 20}) {
      CAPTURE(step);
      ArchiveToc toc = small_toc();
      toc.header.compression = compression;
      const std::size_t before = encode(toc).size();
      std::string rows;
      std::uint32_t seed = 1;
      while (rows.size() < (step == 1 ? 5000U : 3000000U)) rows += std::to_string(seed = seed * 1664525 + 1013904223) + "\n";
      hf::Bytes out;
      const auto sink = hf::memory_writer(out);
      ArchiveWriter writer(*sink, toc);
      writer.begin_data(5);
      for (std::size_t at = 0; at < rows.size(); at += step) writer.write(hf::as_bytes(std::string_view(rows).substr(at, step)));
      writer.write({});
      writer.end_data();
      writer.begin_large_objects(9);
      writer.begin_large_object(4294967295U);
      writer.write(hf::as_bytes("lob"));
      writer.end_large_object();
      writer.begin_large_object(7);
      writer.end_large_object();
      writer.end_large_objects();

      const auto plain = [&](const hf::Bytes& chunks, std::size_t size) {
        return compression == Compression::none ? std::string(hf::as_text(chunks)) : inflated(chunks, size);
      };
      BlockReader blocks(hf::ByteView(out).subspan(before));
      CHECK(blocks.byte() == 1);
      CHECK(blocks.integer() == 5);
      const bool same = plain(blocks.chunks(), rows.size() + 5) == rows + "\\.\n\n\n";
      CHECK(same);
      CHECK(blocks.byte() == 3);
      CHECK(blocks.integer() == 9);
      CHECK(static_cast<std::uint32_t>(blocks.integer()) == 4294967295U);
      CHECK(plain(blocks.chunks(), 3) == "lob");
      CHECK(blocks.integer() == 7);
      CHECK(plain(blocks.chunks(), 0).empty());
      CHECK(blocks.integer() == 0);
      CHECK(blocks.at_end());
    }
  }
}

TEST_CASE("calls in the wrong order and compressions we can't write are refused") {
  hf::Bytes out;
  const auto sink = hf::memory_writer(out);
  ArchiveWriter writer(*sink, small_toc());
  CHECK_THROWS_AS(writer.write(hf::as_bytes("x")), hf::Error);
  CHECK_THROWS_AS(writer.end_data(), hf::Error);
  CHECK_THROWS_AS(writer.begin_large_object(1), hf::Error);
  writer.begin_data(5);
  CHECK_THROWS_AS(writer.begin_data(5), hf::Error);
  ArchiveToc zstd = small_toc();
  zstd.header.minor = 16;
  zstd.header.compression = Compression::zstd;
  CHECK_THROWS_AS(encode(zstd), hf::Error);
}

TEST_CASE("data entries are between the definitions before and after the data, and each depends on its table") {
  const ArchiveToc schema = decode(golden());
  ArchiveContents contents;
  contents.tables = {{.schema = "shop", .name = "lines", .columns = {"order_id", "odd \"name"}},
                     {.schema = "shop", .name = "orders_new", .columns = {"id"}, .root_schema = "shop", .root_name = "orders"},
                     {.schema = "shop", .name = "words", .from_extension = true},
                     {.oid = entry_of(schema, "TABLE", "customers").object_oid, .schema = "shop", .name = "customers"}};
  contents.sequences = {{.schema = "shop", .name = "orders_id_seq", .last_value = -7, .is_called = false}};
  contents.large_objects = {{.oid = 77, .owner = "ann", .comment = "it's \\", .grants = "GRANT SELECT ON LARGE OBJECT 77 TO PUBLIC;"}};
  contents.populated_views = {{"shop", "totals"}, {"shop", "a_report"}};
  const DataArchive archive = with_data(schema, contents);

  REQUIRE(archive.table_ids.size() == 4);
  const auto first_post = std::ranges::find(archive.toc.entries, Section::post_data, &TocEntry::section) - archive.toc.entries.begin();
  for (const int id : archive.table_ids) CHECK(place_of(archive.toc, id) < static_cast<std::size_t>(first_post));
  const TocEntry& lines = archive.toc.entries[place_of(archive.toc, archive.table_ids[0])];
  CHECK(view(lines.copy_statement) == "COPY \"shop\".\"lines\" (\"order_id\", \"odd \"\"name\") FROM stdin;\n");
  CHECK(lines.dependencies == std::vector<int>{entry_of(schema, "TABLE", "lines").dump_id});
  CHECK(lines.has_data);
  const TocEntry& partition = archive.toc.entries[place_of(archive.toc, archive.table_ids[1])];
  CHECK(view(partition.copy_statement) == "COPY \"shop\".\"orders\" (\"id\") FROM stdin;\n");
  CHECK(view(partition.definition) == "-- load via partition root \"shop\".\"orders\"");
  CHECK(partition.dependencies == std::vector<int>{entry_of(schema, "TABLE", "orders_new").dump_id});
  const TocEntry& words = archive.toc.entries[place_of(archive.toc, archive.table_ids[2])];
  CHECK(words.dependencies == std::vector<int>{entry_of(schema, "EXTENSION", "citext").dump_id});
  CHECK(view(entry_of(archive.toc, "SEQUENCE SET", "orders_id_seq").definition) ==
        "SELECT pg_catalog.setval('\"shop\".\"orders_id_seq\"', -7, false);\n");
  CHECK(view(entry_of(archive.toc, "COMMENT", "LARGE OBJECT 77").definition) == "COMMENT ON LARGE OBJECT 77 IS E'it''s \\\\';\n");
  CHECK(view(entry_of(archive.toc, "ACL", "LARGE OBJECT 77").definition) == "GRANT SELECT ON LARGE OBJECT 77 TO PUBLIC;\n");
  CHECK(entry_of(archive.toc, "BLOBS", "BLOBS").dump_id == archive.large_objects_id);

  const TocEntry& totals = entry_of(archive.toc, "MATERIALIZED VIEW DATA", "totals");
  const TocEntry& report = entry_of(archive.toc, "MATERIALIZED VIEW DATA", "a_report");
  CHECK(std::ranges::count(report.dependencies, totals.dump_id) == 1);
  CHECK(place_of(archive.toc, totals.dump_id) < place_of(archive.toc, report.dump_id));
  CHECK(decode(encode(archive.toc)).entries.size() == archive.toc.entries.size());
}

TEST_CASE("a foreign key of a partitioned table waits for the data of all partitions") {
  const ArchiveToc schema = decode(golden());
  const DataArchive archive =
      with_data(schema, {.tables = {{.schema = "shop", .name = "orders_new"}, {.schema = "shop", .name = "orders_old"}}});
  for (const char* key : {"orders orders_customer_fkey", "lines lines_order_id_day_fkey"}) {
    CAPTURE(key);
    const TocEntry& entry = entry_of(archive.toc, "FK CONSTRAINT", key);
    for (const int id : archive.table_ids) CHECK(std::ranges::count(entry.dependencies, id) == 1);
  }
}

TEST_CASE("grants on a table wait for the grants on its schema") {
  ArchiveToc schema = small_toc();
  schema.entries.push_back(
      {.dump_id = 20, .tag = "TABLE t", .desc = "ACL", .section = Section::none, .schema = "public", .dependencies = {5}});
  schema.entries.push_back({.dump_id = 21, .tag = "SCHEMA public", .desc = "ACL", .section = Section::none});
  const DataArchive archive = with_data(schema, {});
  CHECK(entry_of(archive.toc, "ACL", "TABLE t").dependencies == std::vector<int>{5, 21});
  CHECK(entry_of(archive.toc, "ACL", "SCHEMA public").dependencies.empty());
}

TEST_CASE("a materialized view over one that is not populated is not refreshed") {
  const DataArchive archive = with_data(decode(golden()), {.populated_views = {{"shop", "a_report"}}});
  for (const TocEntry& entry : archive.toc.entries) CHECK(view(entry.desc) != "MATERIALIZED VIEW DATA");
}

TEST_CASE("data for a table that the archive does not define is refused") {
  const ArchiveToc schema = decode(golden());
  CHECK_THROWS_AS(with_data(schema, {.tables = {{.schema = "shop", .name = "nowhere"}}}), hf::Error);
  CHECK_THROWS_AS(with_data(schema, {.tables = {{.oid = 1, .schema = "shop", .name = "lines"}}}), hf::Error);
  CHECK_THROWS_AS(with_data(schema, {.sequences = {{.schema = "shop", .name = "lines"}}}), hf::Error);
}

TEST_CASE("a chosen table includes what it needs and what belongs to it, except foreign keys to other tables") {
  const ArchiveToc toc = decode(golden());
  const hf::pg_archive::Selection lines = select_entries(toc, {{"shop", "lines"}});
  CHECK(names(toc, lines) == Names{"ACL COLUMN lines.quantity", "ACL TABLE lines", "FUNCTION stamp()", "INDEX lines_by_order",
                                   "SCHEMA shop", "STATISTICS lines_stats", "TABLE lines", "TRIGGER lines stamp"});
  REQUIRE(lines.left_out.size() == 1);
  CHECK(lines.left_out[0].starts_with("FK CONSTRAINT shop.lines lines_order_id_day_fkey: needs TABLE shop.orders"));
  CHECK(restore_list({.dump_ids = {3, 1}}) == "3;\n1;\n");
}

TEST_CASE("a chosen table includes its sequence, its extension and their comments") {
  const ArchiveToc toc = decode(golden());
  const hf::pg_archive::Selection customers = select_entries(toc, {{"shop", "customers"}});
  CHECK(names(toc, customers) == Names{"COMMENT EXTENSION citext", "COMMENT TABLE customers", "CONSTRAINT customers customers_pkey",
                                       "DEFAULT customers id", "EXTENSION citext", "SCHEMA shop", "SEQUENCE OWNED BY customers_id_seq",
                                       "SEQUENCE customers_id_seq", "TABLE customers"});
  CHECK(customers.left_out.empty());
}

TEST_CASE("a partition includes its parent, and a foreign key is included if all partitions of the other end are") {
  const ArchiveToc toc = decode(golden());
  const hf::pg_archive::Selection one = select_entries(toc, {{"shop", "orders_new"}});
  const Names got = names(toc, one);
  CHECK(std::ranges::count(got, "TABLE orders") == 1);
  CHECK(std::ranges::count(got, "TABLE orders_old") == 0);
  CHECK(std::ranges::count(got, "INDEX ATTACH orders_new_pkey") == 1);
  CHECK(std::ranges::count(got, "INDEX ATTACH orders_old_pkey") == 0);
  CHECK(std::ranges::count(got, "SEQUENCE orders_id_seq") == 1);

  const std::string key = "FK CONSTRAINT lines lines_order_id_day_fkey";
  CHECK(std::ranges::count(names(toc, select_entries(toc, {{"shop", "lines"}, {"shop", "orders"}, {"shop", "orders_new"}})), key) == 0);
  const hf::pg_archive::Selection all = select_entries(toc, {{"shop", "lines"}, {"shop", "orders_new"}, {"shop", "orders_old"}});
  CHECK(std::ranges::count(names(toc, all), key) == 1);
}

TEST_CASE("a policy that reads another table is left out and reported") {
  const ArchiveToc toc = decode(golden());
  const hf::pg_archive::Selection secrets = select_entries(toc, {{"shop", "secrets"}});
  CHECK(names(toc, secrets) == Names{"POLICY secrets own", "ROW SECURITY secrets", "SCHEMA shop", "TABLE secrets"});
  CHECK(secrets.left_out == Names{"POLICY shop.secrets of_lines: needs TABLE shop.lines"});
}

TEST_CASE("a chosen view includes the tables that it reads; an unknown name is reported") {
  const ArchiveToc toc = decode(golden());
  const hf::pg_archive::Selection report = select_entries(toc, {{"shop", "a_report"}, {"shop", "gone"}});
  const Names got = names(toc, report);
  for (const char* name : {"VIEW peaks", "MATERIALIZED VIEW totals", "VIEW paid", "TABLE orders", "TYPE state", "INDEX totals_by_day"}) {
    CAPTURE(name);
    CHECK(std::ranges::count(got, name) == 1);
  }
  REQUIRE(report.not_found.size() == 1);
  CHECK(report.not_found[0] == hf::pg_archive::RelationName{"shop", "gone"});
}

TEST_CASE("two dumps of one schema are equal whatever their ids, order and header") {
  const ArchiveToc a = decode(golden());
  ArchiveToc b = a;
  b.header.database = "other";
  std::ranges::reverse(b.entries);
  for (TocEntry& entry : b.entries) {
    entry.dump_id += 1000;
    entry.object_oid += 5;
    if (view(entry.desc) == "DATABASE") entry.definition = "CREATE DATABASE other;\n";
  }
  CHECK(compare_schemas(a, b).empty());
}

TEST_CASE("each difference between two schemas names its object") {
  const ArchiveToc a = decode(golden());
  ArchiveToc b = a;
  const auto change = [&](std::string_view desc, std::string_view tag) -> TocEntry& {
    return b.entries[place_of(b, entry_of(b, desc, tag).dump_id)];
  };
  change("INDEX", "lines_by_order").definition = "CREATE INDEX lines_by_order ON shop.lines USING btree (day);\n";
  change("TABLE", "secrets").owner = "mallory";
  change("VIEW", "peaks").tag = "peeks\nwith a line";
  Names lines;
  for (const SchemaDifference& difference : compare_schemas(a, b)) lines.push_back(difference.object + " " + difference.what);
  CHECK(lines ==
        Names{"INDEX shop.lines_by_order definition is 'CREATE INDEX lines_by_order ON shop.lines USING btree (day);', was 'CREATE INDEX "
              "lines_by_order ON shop.lines USING btree (order_id);'",
              "TABLE shop.secrets owner is 'mallory', was 'postgres'", "VIEW shop.peaks is missing after the restore",
              "VIEW shop.peeks\\nwith a line was not in the backup"});
}

TEST_CASE("objects that share a kind and a name are matched by content") {
  ArchiveToc a;
  for (int i = 1; i <= 3; ++i) {
    a.entries.push_back({.dump_id = i, .tag = "+", .desc = "OPERATOR", .definition = "CREATE OPERATOR + " + std::to_string(i)});
  }
  ArchiveToc b = a;
  std::swap(b.entries[0], b.entries[2]);
  CHECK(compare_schemas(a, b).empty());
  b.entries[1].definition = "CREATE OPERATOR + 9";
  CHECK(compare_schemas(a, b).size() == 1);
}

TEST_CASE("endlessly nested views do not exhaust the stack, and chains of materialized ones are refused") {
  ArchiveToc toc;
  constexpr int kViews = 300'000;
  for (int id = 1; id <= kViews; ++id) {
    const std::string name = "v" + std::to_string(id);
    toc.entries.push_back({.dump_id = id, .tag = name, .desc = "VIEW", .schema = "public", .dependencies = {id + 1}});
  }
  toc.entries.push_back({.dump_id = kViews + 1, .tag = "m", .desc = "MATERIALIZED VIEW", .schema = "public", .dependencies = {1}});
  // The last one reads m itself: a view that reads itself cannot be refreshed.
  CHECK(with_data(toc, {.populated_views = {{"public", "m"}}}).toc.entries.size() == kViews + 1);
  toc.entries[kViews - 1].dependencies.clear();
  CHECK(with_data(toc, {.populated_views = {{"public", "m"}}}).toc.entries.size() == kViews + 2);

  ArchiveToc chain;
  std::vector<hf::pg_archive::RelationName> populated;
  for (int id = 1; id <= 2'000; ++id) {
    const std::string name = "m" + std::to_string(id);
    chain.entries.push_back({.dump_id = id, .tag = name, .desc = "MATERIALIZED VIEW", .schema = "public", .dependencies = {id + 1}});
    populated.push_back({"public", name});
  }
  CHECK_THROWS_AS(with_data(chain, {.populated_views = populated}), hf::Error);
}
