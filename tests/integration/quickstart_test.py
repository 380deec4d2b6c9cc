"""The first program for new users: examples/quickstart/run ends in a proof and leaves nothing behind, however it ends.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import harness
import holdfast
import pg

SCRIPT = holdfast.ROOT / "examples" / "quickstart" / "run"
PROVED = re.compile(r"^PROVED [\d,]+ tables?, [\d,]+ rows?, level content-equal", re.MULTILINE)


class Quickstart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require_postgres()

    def setUp(self):
        # If we are root, the throw-away server runs as another user and must reach its directory.
        self.temporary = pathlib.Path(tempfile.mkdtemp(prefix="hfqs."))
        self.temporary.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.temporary, ignore_errors=True)

    def start(self, **environment):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "HOLDFAST_", "DATABASE_URL"))}
        env = {**kept, "HOLDFAST": holdfast.command_path(), "TMPDIR": str(self.temporary), **environment}
        return subprocess.Popen([SCRIPT], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                start_new_session=True)

    def leftovers(self):
        return sorted(path.name for path in self.temporary.iterdir())

    def test_proves_a_backup_of_its_own_sample(self):
        process = self.start()
        output, _ = process.communicate(timeout=500)
        self.assertEqual(process.returncode, 0, output)
        self.assertRegex(output, PROVED)
        self.assertEqual(self.leftovers(), [])

    def test_takes_the_database_it_is_given_and_only_reads_it(self):
        with pg.PgServer() as server:
            server.create_db("mine")
            server.psql("CREATE TABLE t AS SELECT n FROM generate_series(1, 1234) n; CREATE SEQUENCE s", db="mine")
            before = (server.databases(), server.dump_schema("mine"), server.psql("SELECT count(*), sum(n) FROM t", db="mine"))
            process = self.start(DATABASE_URL=server.uri("mine"))
            output, _ = process.communicate(timeout=300)
            after = (server.databases(), server.dump_schema("mine"), server.psql("SELECT count(*), sum(n) FROM t", db="mine"))
        self.assertEqual(process.returncode, 0, output)
        self.assertRegex(output, PROVED)
        self.assertRegex(output, r"PROVED 1 tables?, 1,234 rows")
        self.assertEqual(before, after)
        self.assertEqual(self.leftovers(), [])

    def test_fails_and_cleans_up_when_the_database_cannot_be_reached(self):
        process = self.start(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=3")
        output, _ = process.communicate(timeout=120)
        self.assertNotEqual(process.returncode, 0, output)
        self.assertNotRegex(output, PROVED)
        self.assertEqual(self.leftovers(), [])

    def test_leaves_nothing_when_it_is_interrupted(self):
        process = self.start()
        seen = []
        for line in process.stdout:
            seen.append(line)
            if "throw-away PostgreSQL" in line:
                break
        # Like a terminal: to the whole foreground group.
        while not list(self.temporary.glob("hfpg.*/data/postmaster.pid")) and process.poll() is None:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 130, "".join(seen) + output)
        self.assertEqual(self.leftovers(), [])


if __name__ == "__main__":
    harness.main()
