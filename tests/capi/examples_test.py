"""The examples in C and C++ do what the README describes, against a real PostgreSQL."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import harness
import pg

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("HOLDFAST_EXAMPLES", ""))
PROVED = re.compile(r"^PROVED 2 tables, 1002 rows$", re.MULTILINE)


def run(name, *arguments):
    return subprocess.run([PROGRAMS / f"example-{name}", *arguments], capture_output=True, text=True, check=False, timeout=300)


class AgainstPostgres(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.server = pg.PgServer()
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.server.create_db("shop")
        cls.server.psql("CREATE TABLE orders AS SELECT n, 'order ' || n AS what FROM generate_series(1, 1000) n;"
                        "CREATE TABLE people (name text PRIMARY KEY); INSERT INTO people VALUES ('Ada'), ('Grace')", db="shop")

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="hfex."))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)

    def check_minimal(self, name):
        repository = self.place / "repository"
        done = run(name, repository, "secret password", self.server.uri("shop"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        self.assertRegex(done.stdout.replace("\r", "\n"), PROVED)
        self.assertRegex(done.stdout, r"backup_\d{8}_\d{6}")
        again = run(name, repository, "secret password", self.server.uri("shop"))
        self.assertEqual(again.returncode, 1)
        self.assertIn("repository", again.stderr)
        self.assertNotIn("secret password", again.stdout + again.stderr)

    def test_c_minimal(self):
        self.check_minimal("c_minimal")

    def test_cpp_minimal(self):
        self.check_minimal("cpp_minimal")

    def test_minimal_examples_are_short(self):
        for source, most in (("c_minimal/main.c", 60), ("cpp_minimal/main.cpp", 60)):
            self.assertLessEqual(len((ROOT / "examples" / source).read_text().splitlines()), most, source)


class Alone(unittest.TestCase):
    def test_c_custom_storage(self):
        done = run("c_custom_storage")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^table:: \d+ objects verified$")

    def test_cpp_custom_source(self):
        done = run("cpp_custom_source")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("3 notes, read back equal", done.stdout)

    def test_cpp_custom_driver(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run("cpp_custom_driver", folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("PROVED 2 settings, 2 restored", done.stdout)
            for line in ("postgresql", "settings", "  prefix (string): back up only keys that begin with this", "  strict (boolean): fail on a line that is not a setting"):
                self.assertIn(line, done.stdout.splitlines())
            self.assertEqual((pathlib.Path(folder) / "app.conf").read_text(), "app.color=green\napp.size=7\n")

    def test_c_custom_driver(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run("c_custom_driver", folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            listed, proved = done.stdout.splitlines()
            self.assertEqual(proved, "PROVED 2 settings")
            own = {driver["name"]: driver for driver in json.loads(listed)}["settings"]
            self.assertEqual([(option["name"], option["type"], option["calls"]) for option in own["options"]],
                             [("prefix", "string", ["backup"]), ("strict", "boolean", ["backup"])])
            self.assertEqual((pathlib.Path(folder) / "app.conf").read_text(), "app.color=green\napp.size=7\n")

    def test_the_drivers_are_short(self):
        for source in ("cpp_custom_driver/settings_driver.hpp", "c_custom_driver/settings_driver.h"):
            self.assertLessEqual(len((ROOT / "examples" / source).read_text().splitlines()), 120, source)


if __name__ == "__main__":
    harness.main()
