#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "driver/postgres/client/copy_text.hpp"
#include "driver/postgres/logical/catalog.hpp"
#include "driver/postgres/logical/row_sum.hpp"
#include "driver/postgres/logical/streams.hpp"
#include "holdfast/error.hpp"

namespace hf = holdfast;
using namespace holdfast::postgres;

namespace {

RowKey key(std::uint8_t seed = 1) { return RowKey(hf::Bytes(RowKey::kSize, static_cast<std::byte>(seed))); }

RowSum sum_of(const std::vector<std::string>& rows, const RowKey& with) {
  RowSum sum;
  for (const std::string& row : rows) sum.add(row, with);
  return sum;
}

Table table(const std::string& name, std::uint64_t pages, std::uint64_t bytes) {
  Table result;
  result.schema = "s";
  result.name = name;
  result.columns = {"a", "b\"c"};
  result.pages = pages;
  result.bytes = bytes;
  result.ranges = true;
  return result;
}

}  // namespace

TEST_CASE("a row sum does not depend on order and adds up over ranges") {
  const RowKey k = key();
  RowSum left = sum_of({"1\ta\n", "2\tb\n"}, k);
  left.add(sum_of({"3\tc\n"}, k));
  CHECK(left == sum_of({"3\tc\n", "1\ta\n", "2\tb\n"}, k));
  CHECK(RowSum::from(left.rows, left.hex()) == left);
}

TEST_CASE("a row sum sees equal rows, swapped fields and the key") {
  const RowKey k = key();
  CHECK(sum_of({"x\n", "x\n"}, k).hex() != std::string(32, '0'));  // an XOR would be 0
  CHECK(sum_of({"x\n", "x\n"}, k) != sum_of({"y\n", "y\n"}, k));
  CHECK(sum_of({"1\ta\n", "2\tb\n"}, k) != sum_of({"1\tb\n", "2\ta\n"}, k));
  CHECK(sum_of({"x\n"}, k) != sum_of({"x\n"}, key(2)));
}

TEST_CASE("rows are found in a stream cut anywhere") {
  const RowKey k = key();
  std::vector<std::string> rows = {"1\tone\n", "\n", "2\ttwo \\n escaped\n"};
  for (const std::size_t size : {16, 17, 128, 129, 240, 241, 256, 257, 1024, 1025, 5000}) rows.push_back(std::string(size - 1, 'z') + "\n");
  std::string text;
  for (const std::string& row : rows) text += row;
  const RowSum expected = sum_of(rows, k);
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    RowSplitter splitter(k);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t count = std::min<std::size_t>(text.size() - at, seed % 3 == 0 ? 1 : random() % 700 + 1);
      splitter.add(hf::as_bytes(std::string_view(text).substr(at, count)));
      at += count;
    }
    CHECK(splitter.finish() == expected);
  }
  RowSplitter torn(k);
  torn.add(hf::as_bytes("half a row"));
  CHECK_THROWS_AS(torn.finish(), hf::Error);
}

TEST_CASE("COPY text is parsed back into its fields") {
  std::vector<std::vector<std::string>> rows;
  CopyTextReader reader([&](const std::vector<std::string>& fields) { rows.push_back(fields); });
  for (const char c : std::string("1\ta\\tb\\\\c\\nd\\q\t\\N\n\n")) reader.add(hf::as_bytes(std::string_view(&c, 1)));
  REQUIRE(rows.size() == 2);
  CHECK(rows[0] == std::vector<std::string>{"1", "a\tb\\c\ndq", ""});
  CHECK(rows[1] == std::vector<std::string>{""});
  CHECK(from_bytea("\\x00ff") == hf::Bytes{std::byte{0}, std::byte{255}});
  CHECK_THROWS_AS(from_bytea("00ff"), hf::Error);
}

TEST_CASE("a row that no backup writes is reported as damage and does not crash") {
  const auto is_damage = [](const auto& read) {
    try {
      read();
    } catch (const hf::Error& error) {
      return error.code() == hf::ErrorCode::corrupt;
    }
    return false;
  };
  CHECK(field_of({"a", "b"}, 1) == "b");
  CHECK(is_damage([] { field_of({"a", "b"}, 2); }));
  CHECK(number_of("18446744073709551615") == 18446744073709551615U);
  for (const char* digits : {"", "-1", " 1", "1x", "18446744073709551616"}) CHECK(is_damage([digits] { number_of(digits); }));
  CHECK(oid_of("4294967295") == 4294967295U);
  CHECK(is_damage([] { oid_of("4294967296"); }));
}

TEST_CASE("the ranges of a table meet without gap or overlap, and the last one is open") {
  Catalog catalog;
  catalog.encoding = "UTF8";
  catalog.tables = {table("big", 1000, 1000 * 8192), table("small", 3, 3 * 8192)};
  const std::vector<Stream> streams = plan_streams(catalog, 96 * 8192);
  std::vector<std::string> ranges;
  for (const Stream& stream : streams) {
    if (stream.table == &catalog.tables[0]) ranges.push_back(stream.copy_sql);
  }
  REQUIRE(ranges.size() == 11);
  std::sort(ranges.begin(), ranges.end());
  CHECK(ranges[0] ==
        "COPY (SELECT \"a\", \"b\"\"c\" FROM ONLY \"s\".\"big\" WHERE ctid >= '(0,0)'::pg_catalog.tid AND ctid < "
        "'(96,0)'::pg_catalog.tid) TO STDOUT (ENCODING 'UTF8')");
  CHECK(std::count_if(ranges.begin(), ranges.end(), [](const std::string& sql) { return sql.find("ctid <") == std::string::npos; }) == 1);
  CHECK(streams.back().copy_sql == "COPY \"s\".\"small\" (\"a\", \"b\"\"c\") TO STDOUT (ENCODING 'UTF8')");
  CHECK(streams.back().lock_sql == "LOCK TABLE ONLY \"s\".\"small\" IN ACCESS SHARE MODE NOWAIT");
}

TEST_CASE("a table that grew a little, or whose indexes did, or that was vacuumed, is cut at the same places") {
  const auto first_end = [](std::uint64_t pages, std::uint64_t bytes, std::uint64_t pages_each = 100) {
    Catalog catalog;
    catalog.tables = {table("big", pages, bytes)};
    for (const Stream& stream : plan_streams(catalog, pages_each * 8192)) {
      if (stream.range.starts_with("pages 0-")) return stream.range;
    }
    return std::string();
  };
  CHECK(first_end(1000, 1000 * 8192) == "pages 0-95");
  CHECK(first_end(1010, 1010 * 8192 + 100'000) == "pages 0-95");
  CHECK(first_end(1000, 1000 * 8400) == "pages 0-95");
  CHECK(first_end(9, 9 * 100 * 8192) == "pages 0-0");
  CHECK(first_end(20'000, 20'000 * 8192, 4096) == "pages 0-4095");
  CHECK(first_end(20'000, 20'000 * 8192 + 56 * 8192, 4096) == "pages 0-4095");  // with both maps
}

TEST_CASE("a table of few pages with much data in TOAST is cut by its total size") {
  Catalog catalog;
  catalog.tables = {table("toasted", 10, std::uint64_t{10} << 30)};
  CHECK(plan_streams(catalog, std::uint64_t{1} << 30).size() == 10);
  catalog.tables[0].ranges = false;  // an old server or another access method would scan the whole table for each range
  CHECK(plan_streams(catalog, std::uint64_t{1} << 30).size() == 1);
}

TEST_CASE("a catalogue survives the conversion to JSON and back, also names of any bytes") {
  Catalog catalog;
  catalog.server_version = 150018;
  catalog.encoding = "SQL_ASCII";
  catalog.row_key = hf::Bytes(RowKey::kSize, std::byte{7});
  Table odd = table("caf\xe9 \xff\"", 1, 8192);
  odd.ancestors = {{"s", "r\x80t"}};
  odd.extension = "ext";
  odd.filter = "WHERE x";
  odd.proof = RowSum::from(3, std::string(32, 'a'));
  catalog.tables = {odd};
  catalog.sequences = {{"s", "q", "-5", true, ""}};
  catalog.materialized_views = {{"s", "m", false}};
  catalog.excluded = {{"s", "gone"}};
  const Catalog back = catalog_from_json(to_json(catalog));
  REQUIRE(back.tables.size() == 1);
  CHECK(back.tables[0].name == odd.name);
  CHECK(back.tables[0].ancestors == odd.ancestors);
  CHECK(back.tables[0].filter == odd.filter);
  CHECK(back.tables[0].proof == odd.proof);
  CHECK(back.sequences == catalog.sequences);
  CHECK(back.excluded == catalog.excluded);
  CHECK(back.partial());
  CHECK_THROWS_AS(catalog_from_json("{\"version\": 99}"), hf::Error);
  CHECK_THROWS_AS(catalog_from_json("not JSON"), hf::Error);
}
