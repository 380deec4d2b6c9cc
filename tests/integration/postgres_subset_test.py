"""A mask that keeps some rows of each table and shuffles values: references find their rows, rows that did not come and
pairs that were shuffled are nowhere in the files of the restored cluster, and a comparison finds what was changed later,
without claiming what it can't compare."""

import pathlib
import re

import harness
from holdfast import FAILED, FAULT, OK, USAGE
from pg import PgServer
from postgres_case import PostgresCase

# Regions refer to themselves by two columns, customers and orders to one another, events are partitioned.
SCHEMA = """
CREATE TABLE country (code char(2) PRIMARY KEY, label text);
CREATE TABLE region (country char(2) REFERENCES country, code varchar(8), above_country char(2), above varchar(8), PRIMARY KEY (country, code),
  FOREIGN KEY (above_country, above) REFERENCES region MATCH FULL);
CREATE TABLE customer (id bigint PRIMARY KEY, country char(2), region varchar(8), secret text, "left" text, "right" text, email text UNIQUE, newest int,
  FOREIGN KEY (country, region) REFERENCES region);
CREATE TABLE orders (id int PRIMARY KEY, customer bigint NOT NULL REFERENCES customer, before int REFERENCES orders, amount numeric(9,2));
ALTER TABLE customer ADD FOREIGN KEY (newest) REFERENCES orders;
CREATE TABLE event (day date NOT NULL, orders int REFERENCES orders, what text) PARTITION BY RANGE (day);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2021-01-01') TO ('2030-01-01');
CREATE TABLE lone (what text);
INSERT INTO country SELECT 'C' || i, 'label ' || i FROM generate_series(0, 9) i;
INSERT INTO region SELECT 'C' || i % 10, 'r' || i, CASE WHEN i > 9 THEN 'C' || i % 10 END, CASE WHEN i > 9 THEN 'r' || i - 10 END FROM generate_series(0, 99) i;
INSERT INTO customer SELECT i, CASE WHEN i % 5 > 0 THEN 'C' || i % 10 END, CASE WHEN i % 7 > 0 THEN 'r' || i % 100 END, 'SECRET' || i || 'S', 'LEFT' || i || 'L',
  'RIGHT' || i || 'R', 'RAWmail' || i || '@corp.test' FROM generate_series(1, 2000) i;
INSERT INTO orders SELECT i, i % 2000 + 1, CASE WHEN i % 50 > 0 AND i > 1 THEN i - 1 END, i FROM generate_series(1, 4000) i;
UPDATE customer SET newest = id + 1999 WHERE id < 2000 AND id % 3 = 0;
INSERT INTO event SELECT '2020-06-01'::date + i, CASE WHEN i % 4 > 0 THEN i END, 'what ' || i FROM generate_series(1, 400) i;
INSERT INTO lone SELECT 'lone ' || i FROM generate_series(1, 300) i;
"""
RULES = """version: 1
rows: {keep: 12}
tables:
  public.country: keep
  public.customer:
    columns: {email: email, right: {rule: shuffle, block: 100}}
  public.lone: {rows: {keep: 299}}
"""
KEY = "a key of the subset test"
KEEPING_ALL = "version: 1\ntables:\n  public.customer: {columns: {email: email, right: shuffle}}\n"
PAIR = re.compile(rb"LEFT(\d+)L.RIGHT(\d+)R", re.DOTALL)  # neighbours in a row; a byte between them


class Subset(PostgresCase):
    INIT = ("--layout", "plain", "--no-encryption")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.create_db("shop")
        cls.server.psql(SCHEMA, db="shop")
        cls.backup = cls.holdfast("backup", cls.server.uri("shop"), "--json").expect(OK).json["backup"]["id"]
        (cls.folder / "key").write_text(KEY + "\n", encoding="utf-8")

    def mask(self, rules=RULES):
        (self.folder / "rules.yaml").write_text(rules, encoding="utf-8")
        return "--mask", self.folder / "rules.yaml", "--mask-key-file", self.folder / "key"

    def restore(self, rules=RULES, server=None, *more):
        server = server or self.server
        server.drop_db("copy")
        self.addCleanup(server.drop_db, "copy")
        return self.holdfast("restore", self.backup, server.uri("copy"), "--json", *self.mask(rules), *more).expect(OK).json["restore"]

    def value(self, sql, server=None, db="copy"):
        return (server or self.server).psql(sql, db=db)

    def check_rows(self, server=None):
        self.assertEqual(self.value("SELECT count(*) FROM pg_constraint WHERE NOT convalidated", server), "0")
        self.assertEqual(self.value("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conparentid = 0", server), "7")
        counts = self.value("SELECT (SELECT count(*) FROM country), (SELECT count(*) FROM event), (SELECT count(*) FROM lone)", server)
        self.assertEqual(counts, "10|12|299")
        # The longest chain of orders has 50; a closure that took too much would take nearly all.
        self.assertLess(int(self.value("SELECT count(*) FROM orders", server)), 3000)
        self.assertGreaterEqual(int(self.value("SELECT count(*) FROM orders", server)), 12)

    def test_rows_that_did_not_come_and_shuffled_pairs_are_nowhere(self):
        settings = {"log_statement": "all", "log_min_messages": "debug1", "wal_level": "replica", "default_statistics_target": "1000"}
        with PgServer(settings=settings) as target:
            report = self.holdfast("restore", self.backup, target.uri("copy"), "--json", *self.mask()).expect(OK).json["restore"]
            target.psql("ANALYZE; CHECKPOINT", db="copy")
            self.check_rows(target)
            kept = set(self.value("SELECT id FROM customer", target).split())
            moved = self.value("""SELECT count(*) FILTER (WHERE "right" <> 'RIGHT' || id || 'R'), count(DISTINCT "right"), count(*) FROM customer""", target)
            self.assertEqual(set(moved.split("|")), {str(len(kept))})
            self.check_report(report, target)
            target.halt()
            for path in [path for path in pathlib.Path(target.data).rglob("*") if path.is_file()] + [pathlib.Path(target.log)]:
                content = path.read_bytes()
                here = {number.decode() for number in re.findall(rb"(?:SECRET|LEFT|RIGHT)(\d+)[SLR]", content)}
                self.assertLessEqual(here, kept, f"{path} has rows that did not come")
                self.assertEqual([left for left, right in PAIR.findall(content) if left == right], [], f"{path} has pairs that were shuffled")
                self.assertNotIn(b"RAWmail", content)
        self.server.psql("CHECKPOINT")
        source = b"".join(path.read_bytes() for path in (self.server.data / "base").rglob("*") if path.is_file())
        self.assertGreater(len([left for left, right in PAIR.findall(source) if left == right]), 1000, "the search must find them where they are")

    def check_report(self, report, target):
        self.assertEqual(report["left_out"], [])
        kept = {item["table"]: item for item in report["kept_rows"]}
        self.assertEqual(kept["public.customer"]["chosen"], 12)
        self.assertEqual(kept["public.event_1"]["chosen"] + kept["public.event_2"]["chosen"], 12)
        self.assertNotIn("public.country", kept)
        for table in ("customer", "orders", "region", "lone"):
            item = kept[f"public.{table}"]
            self.assertEqual(item["chosen"] + item["referred"], int(self.value(f"SELECT count(*) FROM {table}", target)))
        self.assertGreater(kept["public.customer"]["referred"], 0)
        dropped = {item["table"]: item["rows"] for item in report["dropped_rows"]}
        self.assertEqual(dropped["public.lone"], 1)
        shuffled = [item for item in report["masked"] if item["rule"] == "shuffle"]
        self.assertEqual([(item["column"], item["values"]) for item in shuffled], [("right", kept["public.customer"]["chosen"] + kept["public.customer"]["referred"])])

    def test_a_subset_is_the_same_each_time_and_in_exports(self):
        rows = "SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM customer c"
        self.restore()
        first = self.value(rows)
        self.restore(RULES, None, "--jobs", "1")
        self.assertEqual(self.value(rows), first)
        self.server.drop_db("copy")
        self.server.create_db("copy")
        file = self.folder / "subset.sql"
        self.holdfast("export", self.backup, "--output", file, *self.mask()).expect(OK)
        self.server.run("psql", "-q", "-d", self.server.uri("copy"), "-f", str(file))
        self.check_rows()
        self.assertEqual(self.value(rows), first)

    def verify(self, *arguments, rules=RULES):
        return self.holdfast("verify", self.backup, "--level", "restore", *self.mask(rules), *arguments)

    def test_a_masked_copy_is_compared_where_it_should_be_equal(self):
        self.restore()
        copy = ("--restored", self.server.uri("copy"))
        proof = self.verify(*copy, "--json").expect(OK).json["reports"][0]["proof"]
        self.assertEqual((proof["level"], proof["faults"]), ("restored", []))
        self.assertEqual({item["column"] for item in proof["masked"]}, {"email", "right"})
        said = self.verify(*copy).expect(OK).stdout
        self.assertIn("except for masked values, level restored", said)
        self.assertNotIn("PROVED", said)
        self.verify(*copy, rules=KEEPING_ALL).expect(FAULT)
        self.holdfast("verify", self.backup, "--level", "restore", *copy).expect(FAULT)
        changes = {
            "UPDATE orders SET amount = amount + 1 WHERE id = (SELECT min(id) FROM orders)": "table public.orders",
            "UPDATE customer SET secret = 'other' WHERE id = (SELECT min(id) FROM customer)": "table public.customer",
            "UPDATE customer SET email = NULL WHERE id = (SELECT min(id) FROM customer)": "column public.customer.email",
            "DELETE FROM lone WHERE what = (SELECT min(what) FROM lone)": "table public.lone",
            "INSERT INTO event VALUES ('2020-02-02')": "table public.event_1",
        }
        for sql, fault in changes.items():
            with self.subTest(fault):
                self.restore()
                self.value(sql)
                found = self.verify(*copy, "--json").expect(FAULT).json["reports"][0]["proof"]["faults"]
                self.assertIn(fault, [item["object"].replace('"', "") for item in found])

    def test_a_proof_with_a_mask_is_not_recorded(self):
        def level():
            return next(item["level"] for item in self.holdfast("list", "--json").expect(OK).json["backups"] if item["id"] == self.backup)

        before = level()
        said = self.verify().expect(OK).stdout
        self.assertIn("only counted: ", said)
        self.assertIn("of the backup left out", said)
        self.assertEqual(level(), before)
        self.assertIn("level restore", self.holdfast("verify", self.backup, *self.mask()).expect(USAGE, FAILED).error_line)

    def test_rows_are_chosen_before_anything_is_written(self):
        for rules, fault in {"rows: {keep: 0}": "a number from 1", "rows: drop": "takes {keep: N} only",
                             "tables: {public.orders: {rows: {keep: 3, drop_where: id, matches: x}}}": "use either",
                             "tables: {public.gone: {rows: {keep: 3}}}": "no such table",
                             "tables: {public.region: {columns: {code: shuffle}}}": "give both the same rule"}.items():
            with self.subTest(fault):
                result = self.holdfast("restore", self.backup, self.server.uri("copy"), *self.mask(f"version: 1\n{rules}\n")).expect(FAILED, USAGE)
                self.assertIn(fault, result.error_line)
                self.assertNotIn("copy", self.server.databases())


if __name__ == "__main__":
    harness.main()
