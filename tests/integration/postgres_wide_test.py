"""Many large objects: a server's table of locks suffices as it does for pg_restore."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import harness
import pg
from holdfast import OK, Holdfast

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
    """A server with room for some 700 locks, and their holders twice as many."""

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
            text = next((self.folder / "repository").glob("backup_*/RESTORE.txt"))
            environment = {**os.environ, "PATH": f"{self.server.tools}:{os.environ['PATH']}", "TARGET": self.server.uri("again")}
            done = subprocess.run(["sh", text], env=environment, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assert_objects_are_back()


if __name__ == "__main__":
    harness.main()
