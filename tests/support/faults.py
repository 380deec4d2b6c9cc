"""Runs of the command with interference, and what must be true after each of them, however it ended.

A FaultCase has a server with a database `shop`, and for each test a copy of a repository with one earlier backup of it.
Every process of a run is recognised by a mark in its environment or by its working directory, so that no remaining one
is missed.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

import harness
import pg
from holdfast import OK, Holdfast, command_path, finish

SHOP = """
CREATE TABLE customer (id int PRIMARY KEY, name text);
INSERT INTO customer SELECT n, 'name ' || n FROM generate_series(1, 500) n;
CREATE TABLE note (customer int REFERENCES customer, said text);
INSERT INTO note SELECT n, repeat('x', n) FROM generate_series(1, 500) n;
"""


def wait_until(condition, seconds=30, pause=0.05):
    """Returns the condition's value as soon as it is true, or its last one."""
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(pause)
    return value


def processes(besides=()):
    """Every living process whose pid is not one of `besides`: (pid, its words, environment as bytes, working
    directory)."""
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in besides:
            continue
        try:
            words = pathlib.Path("/proc", name, "cmdline").read_bytes()
            environment = pathlib.Path("/proc", name, "environ").read_bytes()
            directory = os.readlink(f"/proc/{name}/cwd")
        except OSError:  # it ended, or belongs to another user
            continue
        if words:
            yield int(name), words.decode(errors="replace").replace("\0", " ").strip(), environment, directory


class Watch:
    """Collects, while its block runs, the words of every process of a run."""

    def __init__(self, ours):
        self._ours = ours
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.words = set()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        self._end.set()
        self._thread.join()

    def _look(self):
        strangers = set()
        while not self._end.wait(0.03):
            self.words.update(words for _, words in self._ours(strangers))


class Session:
    """A psql on the shop that keeps its transaction open until told otherwise."""

    def __init__(self, server, *statements):
        self.process = subprocess.Popen([server.bin / "psql", "-XqAt", "-d", server.uri("shop")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.pid = int(self.say("SELECT pg_backend_pid()"))
        for statement in statements:
            self.say(statement)

    def say(self, statement):
        """Runs a statement; returns its first line of output, or the marker after it."""
        self.process.stdin.write(f"{statement};\n\\echo done\n")
        self.process.stdin.flush()
        first = self.process.stdout.readline().strip()
        if first != "done":
            self.process.stdout.readline()
        return first

    def close(self):
        """Ends it and its transaction. A second call is harmless."""
        if self.process.poll() is None:
            self.process.communicate(timeout=30)


class FaultCase(unittest.TestCase):
    """One server and one earlier backup per class; a repository, a folder for temporary files and a check for traces
    per test."""

    database = SHOP
    layout = "plain"
    tcp = False
    settings = None

    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.base = pathlib.Path(tempfile.mkdtemp(prefix="hff."))
        cls.addClassCleanup(shutil.rmtree, cls.base, ignore_errors=True)
        cls.base.chmod(0o755)  # a scratch server may run as another user
        cls.server = pg.PgServer(tcp=cls.tcp, settings=cls.settings)
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.server.create_db("shop")
        cls.server.psql(cls.database, db="shop")
        cls.key = cls.base / "key"
        cls.key.write_bytes(os.urandom(32))
        made = Holdfast(cls.base / "template")
        made("init", "--layout", cls.layout, "--key-file", cls.key).expect(OK)
        made("backup", cls.server.uri("shop"), "--key-file", cls.key).expect(OK)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="t", dir=self.base))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o755)
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.repository = self.folder / "r"
        shutil.copytree(self.base / "template", self.repository)
        self.secrets = [self.server.password]
        self.words = set()
        self.holdfast = Holdfast(self.repository, environment={"TMPDIR": str(self.temporary)})
        self.earlier = self.ids()
        self.before = self.files()
        self.databases = self.server.databases()

    # --- runs

    def run_it(self, *arguments, timeout=60, **options):
        """Runs the command to its end, and records the words of its processes."""
        with Watch(self.ours) as watch:
            result = self.holdfast(*arguments, "--key-file", self.key, timeout=timeout, **options)
        self.words |= watch.words
        return result

    def start(self, *arguments, **options):
        """Starts the command to interfere with; self.finish ends it."""
        process = self.holdfast.start(*arguments, "--key-file", self.key, **options)
        self.addCleanup(lambda: process.poll() is None and finish(process, 0))
        return process

    def finish(self, process, timeout=60):
        with Watch(self.ours) as watch:
            result = finish(process, timeout)
        self.words |= watch.words
        return result

    def ids(self):
        return [backup["id"] for backup in self.holdfast("list", "--json", "--key-file", self.key).expect(OK).json["backups"]]

    def files(self):
        """Every stored object with its bytes, including temporary ones, except the records of operations."""
        paths = {str(path.relative_to(self.repository)): path for path in self.repository.rglob("*") if path.is_file()}
        return {name: path.read_bytes() for name, path in paths.items() if not name.startswith("history/")}

    def ours(self, strangers=None):
        """The processes of this test's runs: (pid, words). Does not look at `strangers`, and adds those it finds."""
        strangers = set() if strangers is None else strangers
        mark = f"TMPDIR={self.temporary}".encode()  # every child gets that, a forked one at once
        found = []
        for pid, words, environment, directory in processes(strangers):
            if mark in environment or directory.startswith(str(self.folder)):
                found.append((pid, words))
            else:
                strangers.add(pid)
        return found

    # --- conditions

    def expect_failure(self, result, code, *words):
        """It failed as documented, with one line that has all these words, and did no harm."""
        result.expect(code)
        lines = [line for line in result.stderr.splitlines() if not line.startswith("holdfast: warning: ")]
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertTrue(lines[0].startswith("holdfast: ") and result.stderr.endswith("\n"), result.stderr)
        for word in words:
            self.assertIn(word, lines[0])
        self.assertEqual(result.stdout, "")
        self.assert_unharmed(result)

    def assert_unharmed(self, result=None):
        """As before the run: no trace of it, no secret revealed, the earlier backups listed and complete."""
        self.assert_no_traces()
        self.assertEqual(self.files().keys(), self.before.keys())
        self.assertEqual(self.files(), self.before)
        self.assert_no_secrets(result)
        self.assert_earlier_whole()
        self.assertEqual(self.ids(), self.earlier)

    def assert_no_secrets(self, result):
        # Words that the caller put on the command line are the caller's business.
        told = [words for words in self.words if not words.startswith(command_path())]
        said = "\n".join(told + ([result.stdout, result.stderr] if result else []))
        for secret in self.secrets:
            self.assertNotIn(secret, said)

    def assert_earlier_whole(self):
        self.assertEqual(self.ids()[-len(self.earlier):], self.earlier)
        self.holdfast("verify", "--level", "full", "--key-file", self.key).expect(OK)
        self.before = self.files()  # it recorded a proof

    def assert_no_traces(self):
        wait_until(lambda: not self.ours(), 15)
        self.assertEqual(self.ours(), [])
        self.assertEqual(sorted(os.listdir(self.temporary)), [])
        self.assert_server_clean()

    def assert_server_clean(self):
        """No session and no database of ours remains on the server."""
        sessions = "SELECT pid, state, query FROM pg_stat_activity WHERE application_name LIKE 'holdfast%'"
        wait_until(lambda: not self.server.psql(sessions), 15)
        self.assertEqual(self.server.psql(sessions), "")
        self.assertEqual(self.server.databases(), self.databases)

    # --- interference

    def backend(self, *titles, seconds=30):
        """The process id of a server process whose title has these words, as soon as there is one."""
        def find():
            return next((pid for pid, title, _, directory in processes()
                         if directory == str(self.server.data) and all(word in title for word in titles)), None)
        found = wait_until(find, seconds, pause=0.002)
        self.assertTrue(found, f"no server process with {titles}")
        return found

    def tools(self, name, script):
        """A folder with PostgreSQL's programs, one of them replaced by a shell script; "$real" in it is the real one.
        """
        folder = self.folder / "bin"
        folder.mkdir()
        for program in self.server.bin.iterdir():
            (folder / program.name).symlink_to(program)
        (folder / name).unlink()
        (folder / name).write_text(f"#!/bin/sh\nreal='{self.server.bin / name}'\n"
                                   f"[ \"$1\" = --version ] && exec \"$real\" --version\n{script}\n")
        (folder / name).chmod(0o755)
        return f"bin_dir={folder}"
