"""Wide rows, many large objects and many tables: memory stays within the limits in docs/postgresql.md, and a server's
lock table that is large enough for pg_dump and pg_restore is large enough here."""

import pathlib
import shutil
import tempfile
import unittest

import harness
import peaks
import pg
import zoo
from holdfast import FAILED, OK, Holdfast, command_path

MIB = 1 << 20
OBJECTS = 3000
LARGE_OBJECTS = f"""
CREATE ROLE keeper; CREATE ROLE reader;
SELECT count(lo_from_bytea(10000 + n, convert_to('object ' || n, 'UTF8'))) FROM generate_series(1, {OBJECTS}) n;
SELECT format('ALTER LARGE OBJECT %s OWNER TO keeper', 10000 + n) FROM generate_series(1, {OBJECTS}) n \\gexec
SELECT format('GRANT SELECT ON LARGE OBJECT %s TO reader', 10000 + n) FROM generate_series(1, {OBJECTS}, 7) n \\gexec
COMMENT ON LARGE OBJECT 10501 IS 'it''s the % last of the first \\\\ five hundred';
"""
STATE = ("SELECT count(*), count(*) FILTER (WHERE lomowner = 'keeper'::regrole), count(*) FILTER (WHERE lomacl::text ~ 'reader=r'), "
         "md5(string_agg(lo_get(oid), NULL ORDER BY oid)), max(obj_description(oid, 'pg_largeobject')) FROM pg_largeobject_metadata")


class WideCase(unittest.TestCase):
    settings = {}

    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.server = pg.PgServer(settings=cls.settings)
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfwide."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(lambda: [self.server.drop_db(name) for name in self.server.databases()])

    def backed_up(self, sql, *arguments, layout="packed"):
        self.server.create_db("wide")
        self.server.psql(sql, db="wide")
        self.holdfast = Holdfast(self.folder / "repository")
        self.holdfast("init", "--layout", layout, "--no-encryption").expect(OK)
        return self.holdfast("backup", self.server.uri("wide"), *arguments)


class FewLocks(WideCase):
    """A server with space for about 700 locks, held by twice as many sessions."""

    settings = {"max_connections": "50", "max_locks_per_transaction": "10", "autovacuum": "off"}

    def assert_objects_are_back(self):
        self.assertEqual(self.server.psql(STATE, db="again"), self.server.psql(STATE, db="wide"))
        self.holdfast("verify", "latest", "--level", "restore", "--restored", self.server.uri("again")).expect(OK)

    def test_more_large_objects_than_a_transaction_may_lock_come_back(self):
        self.addCleanup(self.server.psql, "DROP ROLE keeper, reader")
        self.addCleanup(lambda: [self.server.drop_db(name) for name in self.server.databases()])
        self.backed_up(LARGE_OBJECTS, layout="plain").expect(OK)
        with self.subTest("restore"):
            self.holdfast("restore", "latest", self.server.uri("again")).expect(OK)
            self.assert_objects_are_back()
            self.server.drop_db("again")
        with self.subTest("export"):
            script = self.folder / "export.sql"
            self.holdfast("export", "latest", "--format", "sql", "-o", script).expect(OK)
            self.server.create_db("again")
            self.server.run("psql", "-Xq", "-vON_ERROR_STOP=1", "-d", self.server.uri("again"), "-f", script)
            self.assert_objects_are_back()
            self.server.drop_db("again")
        with self.subTest("RESTORE.txt"):
            self.server.create_db("again")
            backup = next((self.folder / "repository").glob("backup_*"))
            done = zoo.run_restore_text(self.server, backup, self.server.uri("again"))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assert_objects_are_back()

    def tables(self, count):
        return "".join(f"CREATE TABLE t{number} (n int);\n" for number in range(count))

    def test_a_full_table_of_locks_is_told_at_once_with_what_to_set(self):
        for count, who in ((2500, "leader"), (1200, "pg_dump")):  # the leader has no space for its own; pg_dump runs, too
            with self.subTest(who):
                result = self.backed_up(self.tables(count), "-v").expect(FAILED)
                self.assertNotIn("letting it go first", result.stderr)
                self.assertRegex(result.error_line, rf"no room for {count} tables: set max_locks_per_transaction = \d+ there \(it is 10\)")
            self.server.drop_db("wide")
            shutil.rmtree(self.folder / "repository")

    def slow_pg_dump(self):
        """An option for a pg_dump that keeps its locks until all rows are read, when only the leader is still
        connected."""
        tools = self.folder / "bin"
        tools.mkdir()
        for program in ("pg_dumpall", "pg_restore", "psql"):
            (tools / program).symlink_to(self.server.tools / program)
        connected = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holdfast'"
        psql = f"'{self.server.tools}/psql' -XqAt -d '{self.server.uri()}' -c \"{connected}\""
        (tools / "pg_dump").write_text(f"""#!/bin/sh
[ "$1" != --version ] || exec '{self.server.tools}/pg_dump' --version
'{self.server.tools}/pg_dump' "$@" | {{ head -c 100; until [ "$({psql})" = 1 ]; do sleep 0.1; done; cat; }}
""")
        (tools / "pg_dump").chmod(0o755)
        return f"bin_dir={tools}"

    def test_workers_keep_few_locks_beside_those_of_the_leader_and_pg_dump(self):
        self.backed_up(self.tables(800), "-j", "2", "-o", self.slow_pg_dump()).expect(OK)
        self.holdfast("verify", "latest", "--level", "restore").expect(OK)


class Memory(WideCase):
    """One value of 48 MiB: a row of 96 MiB as text. A run without it needs about 30 MiB."""

    def setUp(self):
        super().setUp()
        if harness.sanitized(command_path()):
            self.skipTest("a sanitizer takes memory of its own")

    def peak(self, *arguments):
        return peaks.run(self.holdfast.argv(*arguments, "-j", "1"), self.holdfast.environment).own / MIB

    def test_a_wide_row_is_held_once_while_it_is_read_and_never_while_it_is_loaded(self):
        self.server.create_db("wide")
        self.server.psql("CREATE TABLE t AS SELECT decode(repeat(md5('x'), 3 << 20), 'hex') AS v", db="wide")
        self.holdfast = Holdfast(self.folder / "repository")
        self.holdfast("init", "--no-encryption").expect(OK)
        self.assertLess(self.peak("backup", self.server.uri("wide")), 60 + 1.1 * 96)
        self.assertLess(self.peak("restore", "latest", self.server.uri("again")), 60)
        self.assertLess(self.peak("verify", "latest", "--level", "restore", "--restored", self.server.uri("again")), 60 + 1.1 * 96)

    def test_a_row_that_no_server_can_send_is_named(self):
        """A server has no text of more than 1 GB; pg_dump fails because of it, too."""
        sql = ("CREATE TABLE t AS SELECT '\\x00'::bytea AS v, n FROM generate_series(1, 3) n; "
               "UPDATE t SET v = convert_to(repeat('x', 1 << 29), 'UTF8') WHERE n = 2")
        result = self.backed_up(sql).expect(FAILED)
        self.assertIn("data/public.t.copy: the row at ctid (0,4): ", result.error_line)
        self.assertIn("a row is longer than 1 GB as COPY's text", result.error_line)


if __name__ == "__main__":
    harness.main()
