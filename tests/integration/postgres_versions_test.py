"""Every common version of PostgreSQL: backed up, restored, exported and proven; into another version; and with programs
that are too old."""

import pathlib
import shutil
import tempfile
import unittest

import harness
from budget import some
from holdfast import FAILED, OK, WARNINGS, Holdfast
from pg import PgServer

PROVED = r"^PROVED \d+ tables, [\d,]+ rows, level content-equal \(restored into a scratch PostgreSQL {}\."

# New features of each version, from the first one that has them.
SAMPLE = (
    (10, """
CREATE TYPE size AS ENUM ('s', 'm', 'l');
CREATE TABLE item (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL CHECK (name <> ''), price numeric, size size, made timestamptz,
  f float8, g float4, gone int, body bytea);
INSERT INTO item (name, price, size, made, f, g, body) SELECT 'n\\' || n, n / 7.0, 'm', timestamptz '2001-01-01 UTC' + n * interval '1 hour', n / 3.0,
  (n / 7.0)::float4, decode(md5(n::text), 'hex') FROM generate_series(1, 3000) n;
ALTER TABLE item DROP gone;
ALTER TABLE item ADD CONSTRAINT cheap CHECK (price < 1e6) NOT VALID;
CREATE TABLE part (k int, t text) PARTITION BY RANGE (k);
CREATE TABLE part_one PARTITION OF part FOR VALUES FROM (0) TO (10) PARTITION BY LIST (t);
CREATE TABLE part_one_a PARTITION OF part_one FOR VALUES IN ('a');
INSERT INTO part SELECT n, 'a' FROM generate_series(0, 9) n;
CREATE UNLOGGED TABLE unlogged AS SELECT 1 AS x;
CREATE MATERIALIZED VIEW totals AS SELECT size, count(*) FROM item GROUP BY size;
CREATE MATERIALIZED VIEW totals_of_totals AS SELECT sum(count) FROM totals;
CREATE VIEW safe WITH (security_barrier) AS SELECT id FROM item;
CREATE SEQUENCE numbers AS smallint START 7;
SELECT nextval('numbers');
CREATE STATISTICS related (dependencies) ON id, price FROM item;
CREATE PUBLICATION news FOR TABLE item;
CREATE ROLE sample_reader;
GRANT SELECT ON item TO sample_reader;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO sample_reader;
SELECT lo_from_bytea(4242, decode(repeat('ab', 5000), 'hex'));
GRANT SELECT ON LARGE OBJECT 4242 TO sample_reader;"""),
    (11, """
CREATE TABLE hashed (s size, n int) PARTITION BY HASH (s);
CREATE TABLE hashed_one PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_two PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO hashed SELECT s, n FROM unnest(enum_range(NULL::size)) s, generate_series(1, 30) n;
CREATE PROCEDURE nothing() LANGUAGE sql AS '';
CREATE FUNCTION quiet() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION quiet();
CREATE UNIQUE INDEX covering ON item (id) INCLUDE (name);"""),
    (12, "CREATE TABLE sums (a int, twice int GENERATED ALWAYS AS (a * 2) STORED, b int); INSERT INTO sums (a, b) SELECT n, -n FROM generate_series(1, 50) n;"),
    (13, "CREATE TABLE seen (s pg_snapshot); INSERT INTO seen VALUES ('10:20:10,14');"),
    (14, "CREATE TABLE spans (r int4multirange); INSERT INTO spans VALUES ('{[1,3), [5,9)}');"),
    (15, "CREATE TABLE once (x int UNIQUE NULLS NOT DISTINCT); INSERT INTO once VALUES (NULL); CREATE VIEW mine WITH (security_invoker) AS SELECT 1 AS x;"),
    (16, "CREATE TABLE stored (t text STORAGE EXTERNAL); GRANT pg_monitor TO sample_reader WITH INHERIT FALSE;"),
    (17, """GRANT MAINTAIN ON item TO sample_reader;
CREATE TABLE numbered (id int GENERATED ALWAYS AS IDENTITY, k int) PARTITION BY LIST (k);
CREATE TABLE numbered_one PARTITION OF numbered FOR VALUES IN (1); INSERT INTO numbered (k) VALUES (1), (1);"""),
    (18, """
CREATE TABLE virtual (a int, twice int GENERATED ALWAYS AS (a * 2) VIRTUAL, b int CONSTRAINT there NOT NULL);
INSERT INTO virtual (a, b) SELECT n, -n FROM generate_series(1, 50) n;
ALTER TABLE virtual ADD CONSTRAINT later NOT NULL a NOT VALID;
ALTER TABLE virtual ADD CONSTRAINT loose CHECK (a > 7) NOT ENFORCED;
CREATE EXTENSION btree_gist;
CREATE TABLE stay (room int, during daterange, CONSTRAINT stay_key PRIMARY KEY (room, during WITHOUT OVERLAPS));
INSERT INTO stay VALUES (1, '[2025-01-01,2025-02-01)'), (1, '[2025-02-01,2025-03-01)');"""),
)


def sample(server, db):
    server.create_db(db)
    for first, sql in SAMPLE:
        if first <= server.major:
            server.psql(sql, db=db)


CHOSEN = {10, 18, *some((11, 12, 13, 14, 16, 17), 1)}


class VersionCase(unittest.TestCase):
    maxDiff = None
    major = None

    @classmethod
    def setUpClass(cls):
        harness.require_postgres(cls.major)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfver."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server = cls.serve(cls.major)
        sample(cls.server, "shop")
        cls.holdfast = cls.command(cls.server)
        cls.holdfast("init", "--layout", "plain", "--no-encryption").expect(OK)

    @classmethod
    def serve(cls, major, **settings):
        server = PgServer(major, **settings)
        cls.addClassCleanup(server.stop)
        server.start()
        return server

    @classmethod
    def command(cls, *servers):
        """Holdfast with the programs of these versions in its path."""
        folders = [str(folder) for server in servers for folder in (server.bin, server.tools)]
        return Holdfast(cls.folder / "repository", environment={"PATH": ":".join([*folders, "/usr/local/bin", "/usr/bin", "/bin"])})

    def contents(self, server, db):
        """The rows of the sample's tables, as one text; generated columns too."""
        tables = server.psql("SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public' AND "
                             "relkind IN ('r', 'm') AND relname NOT LIKE 'hashed%' ORDER BY relname", db=db).splitlines()
        tables += server.psql("SELECT 'hashed' WHERE to_regclass('hashed') IS NOT NULL", db=db).splitlines()
        queries = [f"SELECT '{table}', * FROM (SELECT t::text FROM ONLY {table} t ORDER BY 1) sorted;" for table in tables]
        queries[-1] = queries[-1].replace("ONLY hashed ", "hashed ")
        return server.psql("".join(queries) + "SELECT last_value, is_called FROM numbers; SELECT md5(lo_get(4242))", db=db)

    def assert_same(self, server, db):
        self.assertEqual(self.contents(server, db), self.contents(self.server, "shop"))
        if server.major == self.major:
            self.assertEqual(server.dump_schema(db), self.server.dump_schema("shop"))


class Cycle:
    """Backup and restore with one version. A short run takes the oldest, the newest, and one of the others."""

    @classmethod
    def setUpClass(cls):
        if cls.major not in CHOSEN:
            raise unittest.SkipTest("this version was not chosen: tests/run --long tries all")
        super().setUpClass()

    def test_the_whole_cycle(self):
        made = self.holdfast("backup", self.server.uri("shop"), "--json").expect(OK).json["backup"]["id"]
        self.holdfast("restore", made, self.server.uri("restored")).expect(OK)
        self.assert_same(self.server, "restored")
        self.assertRegex(self.holdfast("verify", made, "--level", "restore").expect(OK).stdout, PROVED.format(self.major))
        self.holdfast("export", made, "-o", self.folder / "shop.sql").expect(OK)
        self.holdfast("export", made, "-o", self.folder / "shop.dump", "--format", "archive").expect(OK)
        self.server.create_db("sql")
        self.server.run("psql", "-Xq", "-o", "/dev/null", "-vON_ERROR_STOP=1", "-d", self.server.uri("sql"), "-f", self.folder / "shop.sql")
        self.assert_same(self.server, "sql")
        self.server.create_db("archive")
        self.server.run("pg_restore", "--exit-on-error", "-d", self.server.uri("archive"), self.folder / "shop.dump")
        self.assert_same(self.server, "archive")
        self.holdfast("restore", made, self.server.uri("one"), "--include", "item").expect(OK)
        self.assertEqual(self.server.psql("SELECT count(*) FROM item", db="one"), "3000")


class Cycle10(Cycle, VersionCase):
    major = 10


class Cycle11(Cycle, VersionCase):
    major = 11


class Cycle12(Cycle, VersionCase):
    major = 12


class Cycle13(Cycle, VersionCase):
    major = 13


class Cycle14(Cycle, VersionCase):
    major = 14


class Cycle16(Cycle, VersionCase):
    major = 16


class Cycle17(Cycle, VersionCase):
    major = 17


class Cycle18(Cycle, VersionCase):
    major = 18


class Across(VersionCase):
    """Restores into a newer version, and with programs that are newer than the server."""

    major = 13

    @classmethod
    def setUpClass(cls):
        harness.require_postgres(18)
        super().setUpClass()
        cls.newer = cls.serve(18)

    def test_into_a_newer_server(self):
        made = self.holdfast("backup", self.server.uri("shop"), "--json").expect(OK).json["backup"]["id"]
        command = self.command(self.newer)
        command("restore", made, self.newer.uri("restored")).expect(OK)
        self.assert_same(self.newer, "restored")
        proof = command("verify", made, "--level", "restore", "--target", self.newer.uri(), "--json").expect(OK, WARNINGS).json["reports"][0]["proof"]
        self.assertEqual((proof["level"], proof["faults"]), ("content-equal", []))

    def test_with_programs_newer_than_the_server(self):
        command = self.command(self.newer)
        made = command("backup", self.server.uri("shop"), "-o", f"bin_dir={self.newer.tools}", "--json").expect(OK).json["backup"]["id"]
        command("restore", made, self.server.uri("back")).expect(OK)
        self.assert_same(self.server, "back")
        self.holdfast("restore", made, self.server.uri("older_programs")).expect(OK)
        self.assert_same(self.server, "older_programs")
        both = self.command(self.server, self.newer)
        self.assertRegex(both("verify", made, "--level", "restore").expect(OK, WARNINGS).stdout, PROVED.format(self.major))


class TooOld(VersionCase):
    """A newer server, with older programs only."""

    major = 17

    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.local = PgServer().major
        if cls.local >= cls.major:
            raise unittest.SkipTest(f"this machine's own PostgreSQL is {cls.local}, not older than {cls.major}")
        super().setUpClass()
        cls.older = Holdfast(cls.folder / "repository")

    def refused(self, *arguments, line):
        result = self.older(*arguments).expect(FAILED)
        self.assertIn(line, result.error_line)
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)

    def objects(self):
        """All except the records of operations."""
        return sorted(path for path in (self.folder / "repository").rglob("*") if "history" not in path.parts)

    def test_a_backup_says_what_to_install_and_writes_nothing(self):
        before = self.objects()
        self.refused("backup", self.server.uri("shop"), line=f"pg_dump {self.local} is too old for a PostgreSQL 17 server: install "
                     "postgresql-client-17 or newer, or put its folder into PATH")
        self.assertEqual(self.objects(), before)

    def test_a_restore_needs_no_program_and_a_proof_says_what_to_install(self):
        made = self.holdfast("backup", self.server.uri("shop"), "--json").expect(OK).json["backup"]["id"]
        with PgServer(self.local) as target:
            (item,) = self.older("restore", made, target.uri("shop"), "--json").expect(WARNINGS).json["restore"]["left_out"]
            self.assertIn("MAINTAIN", item["instead"])  # a right that only newer servers know, not a missing program
            self.assertEqual(target.psql("SELECT has_table_privilege('sample_reader', 'item', 'SELECT')", db="shop"), "t")
        self.refused("verify", made, "--level", "restore", line=f"no PostgreSQL 17 server programs here for a scratch server, only of {self.local}: "
                     "install postgresql-17 (or newer), put their folder into PATH, or name a server to use with --target")


if __name__ == "__main__":
    harness.main()
