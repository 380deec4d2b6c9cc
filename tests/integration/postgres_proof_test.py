"""The proof finds damage that a row count or a checksum of files would miss: it names each kind of damage that is
injected into a restored database."""

import shutil
import tempfile
import unittest

import harness
import holdfast
import pg

# Large enough that shop.sales is read and restored in several ranges.
SCHEMA = """
CREATE SCHEMA shop;
CREATE TABLE shop.sales (id int PRIMARY KEY, price numeric(10,2), note text, body bytea);
INSERT INTO shop.sales SELECT i, i * 1.25, repeat(md5(i::text), 20), decode(md5(i::text), 'hex') FROM generate_series(1, 90000) i;
CREATE TABLE shop.pairs (a int, b text);
INSERT INTO shop.pairs SELECT i % 10, 'same' FROM generate_series(1, 40) i;
CREATE TABLE shop.empty (x int);
CREATE SEQUENCE shop.numbers; SELECT nextval('shop.numbers');
CREATE INDEX sales_price ON shop.sales (price);
CREATE VIEW shop.dear AS SELECT id FROM shop.sales WHERE price > 1000;
-- A column that the parent got later is the child's last one here; after a restore the inherited columns come first.
CREATE TABLE shop.parent (x int); CREATE TABLE shop.child (z int) INHERITS (shop.parent); INSERT INTO shop.child VALUES (1, 2);
ALTER TABLE shop.parent ADD COLUMN w int; UPDATE shop.child SET w = 3;
SELECT lo_from_bytea(4242, decode(repeat('ab', 5000), 'hex'));
"""

# Damage to the restored database, and the words that the report must have.
DAMAGE = {
    "one bit of one byte": ("UPDATE shop.sales SET body = set_bit(body, 7, 1 - get_bit(body, 7)) WHERE id = 77777", 'table "shop"."sales"'),
    "one digit of a number": ("UPDATE shop.sales SET price = price + 0.01 WHERE id = 1", 'table "shop"."sales"'),
    "a lost row": ("DELETE FROM shop.sales WHERE id = 50000", 'table "shop"."sales"'),
    "a range restored twice": ("ALTER TABLE shop.sales DROP CONSTRAINT sales_pkey; INSERT INTO shop.sales SELECT * FROM shop.sales "
                               "WHERE ctid >= '(100,0)' AND ctid < '(200,0)'", 'table "shop"."sales"'),
    "a range lost and another one doubled": ("ALTER TABLE shop.sales DROP CONSTRAINT sales_pkey; DELETE FROM shop.sales WHERE id BETWEEN 1 "
                                             "AND 100; INSERT INTO shop.sales SELECT * FROM shop.sales WHERE id BETWEEN 101 AND 200",
                                             'table "shop"."sales"'),
    "two equal rows changed into two other equal rows": ("UPDATE shop.pairs SET b = 'else' WHERE ctid IN (SELECT ctid FROM shop.pairs "
                                                         "WHERE a = 3 LIMIT 2)", 'table "shop"."pairs"'),
    "values swapped between rows": ("UPDATE shop.sales SET note = (SELECT o.note FROM shop.sales o WHERE o.id = 3 - sales.id) "
                                    "WHERE id IN (1, 2)", 'table "shop"."sales"'),
    "two columns of a child swapped": ("UPDATE shop.child SET w = z, z = w", 'table "shop"."child"'),
    "NULL for an empty text": ("UPDATE shop.sales SET note = NULL WHERE id = 5", 'table "shop"."sales"'),
    "a truncated table": ("TRUNCATE shop.pairs", 'table "shop"."pairs"'),
    "a row in an empty table": ("INSERT INTO shop.empty VALUES (1)", 'table "shop"."empty"'),
    "a dropped table": ("DROP TABLE shop.empty", 'table "shop"."empty"'),
    "a table nobody backed up": ("CREATE TABLE shop.extra ()", 'table "shop"."extra"'),
    "a sequence moved on": ("SELECT nextval('shop.numbers')", 'sequence "shop"."numbers"'),
    "one byte of a large object": (r"SELECT lo_put(4242, 4999, '\x00')", "large objectstheir content is not what was backed up: 4242"),
    "an emptied large object": ("SELECT lo_truncate(lo_open(4242, 131072), 0)", "large objectstheir content is not what was backed up: 4242"),
    "a lost large object": ("SELECT lo_unlink(4242)", "0 exist, 1 were backed up: 4242 is missing"),
    "large objects nobody backed up": ("SELECT lo_create(n) FROM generate_series(7001, 7020) n", "7001 is new, 7002 is new, 7003 is new, 7004 is new, "
                                       "7005 is new, 7006 is new, 7007 is new, 7008 is new and more"),
    "a comment on a large object": ("COMMENT ON LARGE OBJECT 4242 IS 'changed'", "owners, grants or comments are not what was backed up: 4242"),
    "a lost index": ("DROP INDEX shop.sales_price", "sales_price"),
    "a changed view": ("CREATE OR REPLACE VIEW shop.dear AS SELECT id FROM shop.sales WHERE price > 999", "dear"),
}


class Proof(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.directory = tempfile.mkdtemp(prefix="hfproof.")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.server = cls.enterClassContext(pg.PgServer()) if hasattr(cls, "enterClassContext") else pg.PgServer().__enter__()
        if not hasattr(cls, "enterClassContext"):
            cls.addClassCleanup(cls.server.stop)
        cls.server.create_db("shop")
        cls.server.psql(SCHEMA, "shop")
        cls.holdfast = holdfast.Holdfast(cls.directory + "/repository", key=holdfast.raw_key())
        cls.holdfast("init").expect()
        cls.holdfast("backup", cls.server.uri("shop")).expect()
        cls.holdfast("restore", "latest", cls.server.uri("pristine")).expect()

    def verify(self, database, *arguments):
        return self.holdfast("verify", "latest", "--level", "restore", "--restored", self.server.uri(database), "--json", *arguments)

    def test_a_faithful_restore_is_content_equal(self):
        result = self.verify("pristine").expect(holdfast.OK)
        proof = result.json["reports"][0]["proof"]
        self.assertEqual((proof["level"], proof["tables"], proof["rows"], proof["faults"]), ("content-equal", 5, 90041, []))

    def test_every_injected_damage_is_found_and_named(self):
        for name, (damage, named) in DAMAGE.items():
            with self.subTest(name):
                self.server.create_db("damaged", template="pristine")
                try:
                    self.server.psql(damage, "damaged")
                    result = self.verify("damaged").expect(holdfast.FAULT)
                    faults = result.json["reports"][0]["proof"]["faults"]
                    self.assertTrue(any(named in fault["object"] + fault["what"] for fault in faults), faults)
                finally:
                    self.server.drop_db("damaged")

    def test_a_scratch_server_proves_without_touching_the_source(self):
        before = self.server.databases()
        result = self.holdfast("verify", "latest", "--level", "restore").expect(holdfast.OK)
        self.assertRegex(result.stdout, r"^PROVED 5 tables, 90,041 rows, level content-equal \(restored into a scratch PostgreSQL ")
        self.assertEqual(self.server.databases(), before)
        listed = self.holdfast("list", "--json").expect().json["backups"][0]
        self.assertEqual(listed["level"], "content-equal")

    def test_the_callers_queries_run_on_what_was_restored(self):
        queries = self.directory + "/queries.sql"
        with open(queries, "w", encoding="utf-8") as file:
            file.write("SELECT count(*) AS n FROM shop.sales;\n-- a comment; with a semicolon\n"
                       "DO $$ BEGIN IF (SELECT max(id) FROM shop.sales) <> 90000 THEN RAISE 'wrong; very'; END IF; END $$;\n")
        result = self.holdfast("verify", "latest", "--level", "restore", "--queries", queries, "--json").expect(holdfast.OK)
        answers = result.json["reports"][0]["proof"]["queries"]
        self.assertEqual([(answer["ok"], answer["result"]) for answer in answers], [(True, "n\n90000"), (True, "DO")])
        with open(queries, "a", encoding="utf-8") as file:
            file.write("SELECT 1/0;")
        result = self.holdfast("verify", "latest", "--level", "restore", "--queries", queries, "--json").expect(holdfast.FAULT)
        self.assertIn("division by zero", result.json["reports"][0]["proof"]["queries"][-1]["result"])


if __name__ == "__main__":
    harness.main()
