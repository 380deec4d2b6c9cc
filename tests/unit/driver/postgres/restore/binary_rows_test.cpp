#include "driver/postgres/restore/binary_rows.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/hex.hpp"

namespace hf = holdfast;
using namespace holdfast::postgres;

namespace {

// Returns the binary form of a value in hex; "?" if it has no certain form.
std::string turned(BinaryForm form, const std::string& text) {
  hf::Bytes memory(text.size() + kBinaryExcess);
  std::byte* at = memory.data();
  if (!put_binary(form, text, at)) return "?";
  return hf::to_hex(hf::ByteView(memory.data(), at));
}

std::string rows_in_hex(const BinaryRows& rows) { return hf::to_hex(rows.rows()); }

}  // namespace

// The expected bytes are the output of `COPY … TO … (FORMAT binary)` of PostgreSQL 15.
TEST_CASE("values become what PostgreSQL's own binary COPY writes") {
  struct Known {
    BinaryForm form;
    std::string text, hex;
  };
  const std::vector<Known> known = {
      {BinaryForm::boolean, "t", "01"},
      {BinaryForm::boolean, "f", "00"},
      {BinaryForm::int2, "-32768", "8000"},
      {BinaryForm::int4, "2147483647", "7fffffff"},
      {BinaryForm::int8, "-9223372036854775808", "8000000000000000"},
      {BinaryForm::oid, "4294967295", "ffffffff"},
      {BinaryForm::float4, "1.5", "3fc00000"},
      {BinaryForm::float8, "-0", "8000000000000000"},
      {BinaryForm::float8, "5e-324", "0000000000000001"},
      {BinaryForm::float8, "NaN", "7ff8000000000000"},
      {BinaryForm::float8, "-Infinity", "fff0000000000000"},
      {BinaryForm::numeric, "12345.678", "0003000100000003000109291a7c"},
      {BinaryForm::numeric, "-1", "00010000400000000001"},
      {BinaryForm::numeric, "NaN", "00000000c0000000"},
      {BinaryForm::numeric, "Infinity", "00000000d0000000"},
      {BinaryForm::numeric, "-Infinity", "00000000f0000000"},
      {BinaryForm::uuid, "00112233-4455-6677-8899-aabbccddeeff", "00112233445566778899aabbccddeeff"},
      {BinaryForm::bytea, "\\\\x00ff", "00ff"},
      {BinaryForm::bytea, "\\\\x", ""},
      {BinaryForm::text, "a\\tb\\\\c\\nd",
       "610962"
       "5c63"
       "0a64"},
      {BinaryForm::text, "", ""},
      {BinaryForm::jsonb, "{}", "017b7d"},
      {BinaryForm::date, "2000-01-01", "00000000"},
      {BinaryForm::date, "1999-12-31", "ffffffff"},
      {BinaryForm::date, "2000-03-01", "0000003c"},
      {BinaryForm::date, "0001-12-31 BC", "fff4dbf8"},
      {BinaryForm::date, "infinity", "7fffffff"},
      {BinaryForm::date, "-infinity", "80000000"},
      {BinaryForm::time, "24:00:00", "000000141dd76000"},
      {BinaryForm::time, "00:00:00.5", "000000000007a120"},
      {BinaryForm::timestamp, "2000-01-01 00:00:00.000001", "0000000000000001"},
      {BinaryForm::timestamp, "1999-12-31 23:59:59.999999", "ffffffffffffffff"},
      {BinaryForm::timestamp, "infinity", "7fffffffffffffff"},
      {BinaryForm::timestamptz, "2000-01-02 00:00:00+00", "000000141dd76000"},
      {BinaryForm::timestamptz, "-infinity", "8000000000000000"},
  };
  for (const Known& value : known) {
    CAPTURE(value.text);
    CHECK(turned(value.form, value.text) == value.hex);
  }
}

TEST_CASE("text that this driver's settings do not print has no certain binary form") {
  CHECK(turned(BinaryForm::boolean, "true") == "?");
  CHECK(turned(BinaryForm::int4, "2147483648") == "?");
  CHECK(turned(BinaryForm::int4, " 1") == "?");
  CHECK(turned(BinaryForm::int4, "") == "?");
  CHECK(turned(BinaryForm::float8, "1.5x") == "?");
  CHECK(turned(BinaryForm::float8, "1e999") == "?");
  CHECK(turned(BinaryForm::numeric, "1e5") == "?");
  CHECK(turned(BinaryForm::numeric, "1.") == "?");
  CHECK(turned(BinaryForm::numeric, ".5") == "?");
  CHECK(turned(BinaryForm::numeric, "-") == "?");
  CHECK(turned(BinaryForm::numeric, std::string(1001, '9')) == "?");  // more than the server's binary reader accepts
  CHECK(turned(BinaryForm::uuid, "00112233-4455-6677-8899-AABBCCDDEEFF") == "?");
  CHECK(turned(BinaryForm::bytea, "\\\\x0") == "?");
  CHECK(turned(BinaryForm::bytea, "abc") == "?");
  CHECK(turned(BinaryForm::text, "a\\x41") == "?");
  CHECK(turned(BinaryForm::text, "a\\") == "?");
  CHECK(turned(BinaryForm::date, "01/02/2000") == "?");
  CHECK(turned(BinaryForm::date, "2000-01-01 00:00:00") == "?");
  CHECK(turned(BinaryForm::date, "9999999-01-01") == "?");  // more days than fit
  CHECK(turned(BinaryForm::timestamp, "294278-01-01 00:00:00") == "?");
  CHECK(turned(BinaryForm::timestamp, "5874897-12-31 00:00:00 BC") == "?");
  CHECK(turned(BinaryForm::timestamp, "294276-12-31 23:59:59.999999") == "7fffff5bb3b29fff");
  CHECK(turned(BinaryForm::timestamptz, "2000-01-01 00:00:00+01") == "?");
  CHECK(turned(BinaryForm::timestamp, "2000-01-01 00:00:00+00") == "?");
  CHECK(turned(BinaryForm::timestamp, "2000-01-01 00:00:00.0000001") == "?");
}

TEST_CASE("whole rows are converted, also nulls, and a cut row is left") {
  BinaryRows rows({BinaryForm::int2, BinaryForm::text});
  const std::string text = "1\tab\n\\N\t\\\\N\n2\tcu";
  CHECK(rows.turn(text) == text.size() - 4);
  CHECK(rows_in_hex(rows) ==
        "0002"
        "00000002"
        "0001"
        "00000002"
        "6162"
        "0002"
        "ffffffff"
        "00000002"
        "5c4e");
  CHECK(rows.turn("2\tcu") == 0);
  CHECK(rows.rows().empty());
}

TEST_CASE("a row that cannot be converted is left, with all that follow") {
  BinaryRows rows({BinaryForm::int2, BinaryForm::text});
  for (const std::string bad : {"x\ty\n", "1\n", "1\ta\tb\n", "\n", "70000\ta\n"}) {
    CAPTURE(bad);
    CHECK(rows.turn("1\ta\n" + bad + "2\tb\n") == 4);
    CHECK(rows_in_hex(rows) ==
          "0002"
          "00000002"
          "0001"
          "00000001"
          "61");
  }
}

TEST_CASE("rows without columns") {
  BinaryRows rows({});
  CHECK(rows.turn("\n\n") == 2);
  CHECK(rows_in_hex(rows) == "00000000");
  CHECK(rows.turn("a\n") == 0);
}
