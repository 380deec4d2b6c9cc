"""The comparator of the object zoo detects the smallest change, and stock pg_dump copies the zoo without a difference.
"""

import os
import subprocess
import tempfile
import unittest

import harness
import holdfast
import pg


class ZooComparator(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require_postgres()

    def test_sees_every_change_and_nothing_else(self):
        with pg.PgServer(settings={"wal_level": "logical"}) as server, tempfile.TemporaryDirectory() as work:
            env = {**os.environ, **server.environment(), "PATH": f"{server.bin}:{os.environ['PATH']}", "WORK": work}
            done = subprocess.run([holdfast.ROOT / "tests/support/zoo_compare_test.sh"], env=env, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    harness.main()
