"""SQL text through the C interface, against a real server: dump, load into a scratch database, query, drop."""

import os
import pathlib
import subprocess
import unittest

import harness
import pg

PROGRAM = pathlib.Path(os.environ.get("HOLDFAST_EXAMPLES", "")) / "capi-sql"


class SqlText(unittest.TestCase):
    def test_a_dump_is_loaded_into_a_scratch_database_and_asked(self):
        harness.require_postgres()
        if not PROGRAM.is_file():
            self.skipTest(f"no {PROGRAM} here")
        server = pg.PgServer()
        self.addCleanup(server.stop)
        server.start()
        server.create_db("shop")
        server.psql("CREATE TABLE orders AS SELECT n, 'order ' || n AS what FROM generate_series(1, 1000) n", db="shop")
        done = subprocess.run([PROGRAM, server.uri("postgres"), server.uri("shop")], capture_output=True, text=True, check=False, timeout=200)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotIn("copy_of_shop", server.psql("SELECT datname FROM pg_database"))


if __name__ == "__main__":
    harness.main()
