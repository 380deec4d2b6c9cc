"""A restore sends rows in COPY's binary format if that is certain to be exact, else as text; all arrive unchanged."""

import pathlib
import shutil
import tempfile
import unittest

import harness
from holdfast import OK, Holdfast
from pg import PgServer

# Every type that is converted, at its edges and at random, with nulls everywhere; enums and domains use their
# underlying types.
TURNED = """
SELECT setseed(0.17);
CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"', E'tab\\there', 'glücklich');
CREATE DOMAIN cents AS numeric(14, 2) CHECK (VALUE > -1e12);
CREATE DOMAIN pence AS cents NOT NULL;
CREATE TABLE turned (
  "a ""b" bigint, c smallint, d integer, e oid, f boolean, g real, h double precision, i numeric, j cents, k pence, l uuid, m bytea,
  n text, o varchar(12), p char(9), q json, r jsonb, s date, t time, u timestamp, v timestamptz, w timestamptz(2), x mood, y numeric(6, 3));
CREATE FUNCTION one_of(text[], seed double precision) RETURNS text LANGUAGE sql AS 'SELECT $1[1 + floor($2 * array_length($1, 1))]';
INSERT INTO turned
SELECT (random() * 2 - 1) * 9e18, (random() * 2 - 1) * 32767, (random() * 2 - 1) * 2147483647, floor(random() * 4294967296)::bigint::oid, random() < 0.5,
  (random() - 0.5) * 10 ^ (random() * 70 - 35), (random() - 0.5) * 10 ^ (random() * 600 - 300),
  (random() - 0.5)::numeric * 10::numeric ^ floor(random() * 300 - 150)::int, (random() - 0.5) * 1e11, random() * 1e5, gen_random_uuid(),
  decode(repeat(md5(n::text), n % 9), 'hex'), one_of(ARRAY['', E'\\\\N', E'\\\\', E'tab\\there', E'line\\nend\\r', 'ünï', E'\\b\\f\\v\\x01\\x7f', NULL, repeat('long ', 300)], random()),
  left(md5(n::text), n % 13), one_of(ARRAY['', ' a ', 'ninechars'], random()), json_build_object('a' || E'\\\\"\\n', n, 'b', NULL),
  jsonb_build_array(n, E'\\\\ \\u0001'::text, 1e30, '{}'::jsonb), date '4713-01-01 BC' + (random() * 8e6)::int, time '00:00' + random() * interval '24 hours',
  timestamp '4713-01-01 BC' + random() * interval '290000 years', timestamptz '1999-12-31 23:59:00Z' + (random() - 0.5) * interval '2 minutes',
  timestamptz '0001-01-01 BC' + random() * interval '2 years', (enum_range(NULL::mood))[1 + n % 4], random() * 900
FROM generate_series(1, 20000) n;
INSERT INTO turned (k) SELECT 1 FROM generate_series(1, 10);
INSERT INTO turned (k, g, h, i, s, t, u, v) VALUES
  (0, 'NaN', 'NaN', 'NaN', 'infinity', '24:00', 'infinity', 'infinity'), (0, 'Infinity', '-Infinity', 0, '-infinity', '00:00', '-infinity', '-infinity'),
  (0, '-0', '-0', '-0.000', '5874897-12-31', '23:59:59.999999', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999Z'),
  (0, 1.17549435e-38, 5e-324, 1e-500, '4714-11-24 BC', '00:00:00.000001', '4714-11-24 00:00:00 BC', '4714-11-24 00:00:00Z BC'),
  (0, 3.4028235e38, 1.7976931348623157e308, 1e900, '0001-01-01', NULL, '0001-12-31 23:59:59.9 BC', '0001-02-29 00:00:00Z BC'),
  (0, 1e-45, 4.9e-324, 10000.0001, '2000-02-29', NULL, '1900-02-28', '2100-03-01 00:00Z');
DROP FUNCTION one_of;
"""

# Each has one row in the middle that the binary format can't represent for certain, or that needs too much memory.
SWITCHED = """
CREATE TABLE digits (id int, amount numeric);
INSERT INTO digits SELECT n, CASE n WHEN 9000 THEN ('7' || repeat('0', 20000) || '.' || repeat('3', 5000))::numeric ELSE n * 1.1 END FROM generate_series(1, 20000) n;
CREATE TABLE wide (id int, body text);
INSERT INTO wide SELECT n, CASE n WHEN 300 THEN (SELECT string_agg(md5(k::text), '' ORDER BY k) FROM generate_series(1, 100000) k) ELSE repeat('x', n) END
FROM generate_series(1, 900) n;
"""

# One column's type keeps the whole table as text.
TEXT = """
CREATE TABLE lists (id int, items int[], span interval);
INSERT INTO lists SELECT n, ARRAY[n, NULL], n * interval '1 month 1 second' FROM generate_series(1, 20000) n;
"""


class BinaryRows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfbin."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server = PgServer(settings={"log_statement": "all"})
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()

    def brought_back(self, sql, encoding="UTF8"):
        """Backs up a database made by `sql`, restores it, compares both and returns the format in which each table was
        loaded."""
        for name in ("source", "target"):
            if name in self.server.databases():
                self.server.drop_db(name)
        self.server.psql(f"CREATE DATABASE source TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'")
        self.server.psql(sql, db="source")
        holdfast = Holdfast(pathlib.Path(tempfile.mkdtemp(dir=self.folder)) / "repository")
        holdfast("init", "--no-encryption").expect(OK)
        holdfast("backup", self.server.uri("source")).expect(OK)
        before = len(self.server.log.read_text(errors="replace"))
        holdfast("restore", "latest", self.server.uri("target")).expect(OK)
        self.assertEqual(*(self.rows_of(name) for name in ("source", "target")))
        holdfast("verify", "latest", "--level", "restore").expect(OK)
        copies = [line for line in self.server.log.read_text(errors="replace")[before:].splitlines() if "COPY" in line and "FROM STDIN" in line]
        formats = {}
        for line in copies:
            table = line.split('"."')[1].split('"')[0]
            formats.setdefault(table, []).append("binary" if "FORMAT binary" in line else "text")
        return formats

    def rows_of(self, database):
        tables = self.server.psql("SELECT format('%I', relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1", db=database)
        return {name: self.server.psql(f"SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {name} t", db=database)
                for name in tables.splitlines()}

    def test_every_type_that_is_turned(self):
        self.assertEqual(self.brought_back(TURNED), {"turned": ["binary"]})

    def test_a_row_that_is_not_certain_goes_on_as_text(self):
        self.assertEqual(self.brought_back(SWITCHED), {"digits": ["binary", "text"], "wide": ["binary", "text"]})

    def test_other_types_keep_a_table_as_text(self):
        self.assertEqual(self.brought_back(TEXT), {"lists": ["text"]})

    def test_another_encoding_keeps_text(self):
        rows = "CREATE TABLE words (w text); INSERT INTO words SELECT 'grün ' || n FROM generate_series(1, 20000) n"
        self.assertEqual(self.brought_back(rows, "LATIN1"), {"words": ["text"]})

    def test_bytes_of_no_encoding(self):
        rows = "CREATE TABLE words (w text); INSERT INTO words SELECT E'gr\\xfcn\\xff ' || n FROM generate_series(1, 20000) n"
        self.assertEqual(self.brought_back(rows, "SQL_ASCII"), {"words": ["binary"]})

    def test_rows_through_a_partition_root(self):
        # An enum's hash depends on its oids: with this many labels, no partition is empty, which would be loaded as text.
        sizes = ", ".join(f"'{number}'" for number in range(40))
        rows = f"""CREATE TYPE size AS ENUM ({sizes}); CREATE TABLE stock (id int, size size, at timestamptz) PARTITION BY HASH (size);
            CREATE TABLE stock_0 PARTITION OF stock FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE stock_1 PARTITION OF stock FOR VALUES WITH (MODULUS 2, REMAINDER 1);
            INSERT INTO stock SELECT n, (enum_range(NULL::size))[1 + n % 40], '2026-01-01'::date + n FROM generate_series(1, 30000) n"""
        formats = self.brought_back(rows)
        self.assertEqual({table: set(found) for table, found in formats.items()}, {"stock": {"binary"}})


if __name__ == "__main__":
    harness.main()
