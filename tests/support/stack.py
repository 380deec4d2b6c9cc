"""The example stack: a real PostgreSQL with two databases, its backend as a process, a volume, and the host that backs it up.

    class Mine(stack.StackCase):
        ... self.run_stack("backup", said="backup: succeeded")
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

import harness
import holdfast
import pg
from faults import wait_until

EXAMPLE = holdfast.ROOT / "examples" / "stack_backup"
PACKAGE = pathlib.Path(holdfast.command_path()).parent / "bindings" / "python"
LINE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (INFO|WARNING|ERROR) \S.*$")


def start_stack():
    """For setUpModule: one stack for all classes, a server, a backend, a volume."""
    harness.require_postgres()
    if not list((PACKAGE / "holdfast").glob("_core*.so")):
        raise unittest.SkipTest(f"no Python package in {PACKAGE}")
    case = StackCase
    case.place = pathlib.Path(tempfile.mkdtemp(prefix="hfstack."))
    unittest.addModuleCleanup(shutil.rmtree, case.place, ignore_errors=True)
    case.server = pg.PgServer(tcp=True)
    unittest.addModuleCleanup(case.server.stop)
    case.server.start()
    for name in ("dart_cloud", "functions_db"):
        case.server.create_db(name)
    case.port = pg.free_port()
    case.volume = case.place / "functions"
    case.volume.mkdir()
    (case.place / "key").write_text(os.urandom(32).hex())
    script = EXAMPLE / "stack" / "backend.sh"
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")}
    case.base = {**kept, "PYTHONPATH": str(PACKAGE), "MAIN_DATABASE_URL": case.server.uri("dart_cloud", tcp=True),
                 "FUNCTIONS_DATABASE_URL": case.server.uri("functions_db", tcp=True), "FUNCTIONS_VOLUME": str(case.volume),
                 "BACKUP_KEY_FILE": str(case.place / "key"), "BACKEND_PID": str(case.place / "backend.pid"), "BACKUP_SCHEDULE": "@yearly",
                 "BACKEND_ADDRESS": f"127.0.0.1:{case.port}", "BACKEND_HEALTH": f"http://127.0.0.1:{case.port}/health",
                 "BACKEND_STOP": f"{script} stop", "BACKEND_START": f"{script} start", "PYTHONDONTWRITEBYTECODE": "1"}
    unittest.addModuleCleanup(case.backend, "stop")
    case.backend("start")
    wait_until(lambda: case.ask("/health"))
    for number in range(3):
        case.ask(f"/functions/f{number}", b"print(%d)\n" % number * 1000)
    for _ in range(2):
        case.ask("/functions/f1/call", b"")


class StackCase(unittest.TestCase):
    """The stack, and a folder for backups of its own per test."""

    maxDiff = None

    @classmethod
    def backend(cls, action):
        subprocess.run([EXAMPLE / "stack" / "backend.sh", action], env=cls.base, check=True)

    @classmethod
    def ask(cls, path, body=None):
        """The backend's answer; None if it does not answer, or not with success."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{cls.port}{path}", data=body, timeout=20) as reply:
                return reply.read().decode()
        except OSError:
            return None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="backups.", dir=self.place))

    def environment(self, **changes):
        return {**self.base, "BACKUP_DIR": str(self.folder), **{name: str(value) for name, value in changes.items()}}

    def backed_up(self):
        """Gives this test one backup of the stack, made once for all tests: what it has is what every test leaves."""
        made = self.place / "made"
        if not made.exists():
            self.run_stack("backup", BACKUP_DIR=made)
        shutil.copytree(made, self.folder, dirs_exist_ok=True)

    def start(self, *words, stdin=subprocess.DEVNULL, **changes):
        process = subprocess.Popen([sys.executable, EXAMPLE / "stack_backup.py", *words], env=self.environment(**changes), stdin=stdin,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def run_stack(self, *words, status=0, said=(), answer=None, **changes):
        """Runs a command of the host; returns its output."""
        process = self.start(*words, stdin=subprocess.PIPE, **changes)
        output = process.communicate(answer or "", timeout=120)[0]
        self.assertEqual(process.returncode, status, output)
        for words_said in [said] if isinstance(said, str) else said:
            self.assertIn(words_said, output)
        for line in output.splitlines():
            self.assertRegex(line, LINE, output)
        for secret in (self.server.password, (self.place / "key").read_text()):
            self.assertNotIn(secret, output)
        return output

    def wait_for(self, process, pattern, seconds=60):
        """Reads a started command's lines until one matches; returns it."""
        deadline, seen = time.monotonic() + seconds, []
        while time.monotonic() < deadline and (line := process.stdout.readline()):
            seen.append(line)
            if re.search(pattern, line):
                return line
        raise AssertionError(f"no line with {pattern!r} in:\n{''.join(seen)}")

    def holdfast(self, place=None, **environment):
        key = self.folder / "raw"
        key.write_bytes(bytes.fromhex((self.place / "key").read_text()))
        return holdfast.Holdfast(place or self.folder / "repository", key=key, environment=environment)

    def backups(self, place=None, **environment):
        return self.holdfast(place, **environment)("list", "--json").expect().json["backups"]

    def state(self):
        """All content of the stack, read with stock tools."""
        dumps = [self.server.psql(f"COPY (SELECT * FROM {table} ORDER BY 1) TO STDOUT", db=database)
                 for database, table in (("dart_cloud", "function"), ("functions_db", "call"))]
        return dumps, {path.name: path.read_bytes() for path in self.volume.iterdir()}

    def spoil(self):
        """What should not survive a restore; restores are told by it."""
        self.server.psql("UPDATE function SET bytes = -1", db="dart_cloud")
        self.server.psql("DELETE FROM call", db="functions_db")
        (self.volume / "f1.py").write_text("changed")
        (self.volume / "new").write_text("new")

    def assert_nothing_left(self):
        self.assertEqual(self.server.databases(), ["dart_cloud", "functions_db"])
        self.assertFalse((self.volume / ".stack-restore").exists())
        self.assertFalse((self.folder / "state" / "restore-unfinished").exists())
        self.assertEqual(self.ask("/health").split(" ", maxsplit=1)[0], "3")
