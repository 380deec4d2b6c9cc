"""The example services as processes, with a real PostgreSQL and a real S3 server per class of tests.

    service = self.start("backup_service", BACKUP_INTERVAL=1)
    service.wait_for("state UPLOADING -> CLEANING")
    service.stop()
"""

import gzip
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import harness
import holdfast
import http_faults
import pg
import s3
import s3_raw
import servers

LINE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (INFO|WARNING|ERROR) \S.*$")
PROGRAMS = pathlib.Path(os.environ.get("HOLDFAST_SERVICES") or pathlib.Path(holdfast.command_path()).parent / "examples")
SHOP = """
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO customer SELECT n, 'name ' || n FROM generate_series(1, 500) n;
CREATE TABLE note (customer int REFERENCES customer, said text);
INSERT INTO note SELECT n, E'a\\\\.\\n' || repeat(';', n) FROM generate_series(1, 100) n;
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT n * 2; END;
"""


class Gate(http_faults.TroubledProxy):
    """A way to the S3 server that holds or refuses requests by their method."""

    def __init__(self, upstream):
        super().__init__(upstream, seed=1)
        self.refused, self.held = set(), set()

    def fate(self, method):
        while method in self.held:
            time.sleep(0.02)
        if method in self.refused:
            return "error", False, 503
        return "passed", True, 503


class Service:
    """A running service. Collects its output, line by line."""

    def __init__(self, argv, environment):
        self.program, self.environment = argv[0], environment
        self.lines = []
        self.process = subprocess.Popen(argv, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, start_new_session=True, preexec_fn=pg.die_with_parent)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def output(self):
        return "\n".join(self.lines)

    def wait_for(self, pattern, times=1, seconds=40):
        """Waits until so many lines match; returns the last of them."""
        deadline = time.monotonic() + seconds
        while True:
            ended = self.process.poll() is not None
            found = [line for line in list(self.lines) if re.search(pattern, line)]
            if len(found) >= times:
                return found[times - 1]
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"no line with {pattern!r} ({len(found)} of {times}) in:\n{self.output}")
            time.sleep(0.02)

    def send(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait(self, seconds=20):
        """Waits for its end; returns the exit status."""
        status = self.process.wait(timeout=seconds)
        self._reader.join(timeout=10)
        return status

    def stop(self, number=signal.SIGTERM):
        self.send(number)
        return self.wait()

    def kill(self):
        """As a crash or the kernel would: no cleanup."""
        return self.stop(signal.SIGKILL)

    def get(self, path="/healthz"):
        """(status, text) of its endpoint."""
        host, port = self.environment["HOLDFAST_HEALTH"].split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def health(self):
        return json.loads(self.get()[1])

    def states(self):
        """The states that it has entered, in order."""
        return [line.split()[-1] for line in self.lines if " INFO state " in line]


class ServiceCase(unittest.TestCase):
    """PostgreSQL with a database `shop`, and an S3 server with a bucket, per class; a prefix of its own per test."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        if not (PROGRAMS / "backup_service").exists():
            raise unittest.SkipTest(f"no example services in {PROGRAMS}")
        try:
            cls.s3 = cls.s3_server()
        except servers.ServerError as error:
            raise unittest.SkipTest(str(error)) from error
        cls.s3.open()
        cls.addClassCleanup(cls.s3.close)
        cls.raw = s3_raw.RawS3(cls.s3)
        assert cls.raw.request("PUT", "bucket").status == 200
        cls.gate = Gate(cls.s3.port)
        cls.gate.__enter__()
        cls.addClassCleanup(cls.gate.__exit__)
        cls.server = pg.PgServer(tcp=True)
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.server.create_db("shop")
        cls.server.psql(SHOP, db="shop")

    @classmethod
    def s3_server(cls):
        return s3.S3Server("versitygw")

    def setUp(self):
        self.prefix = self.id().rsplit(".", maxsplit=1)[-1]
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfsvc."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.gate.refused.clear()
        self.gate.held.clear()

    def environment(self, database="shop", **changes):
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")}
        settings = {"DATABASE_URL": self.server.uri(database, tcp=True), "S3_ENDPOINT": f"http://127.0.0.1:{self.gate.port}", "S3_BUCKET": "bucket",
                    "S3_ACCESS_KEY_ID": self.s3.access_key, "S3_SECRET_ACCESS_KEY": self.s3.secret_key, "BACKUP_PREFIX": self.prefix,
                    "HOLDFAST_HEALTH": f"127.0.0.1:{pg.free_port()}", "HOLDFAST_S3_OPTIONS": "timeout=1&connect_timeout=1"}
        settings.update(changes)
        return {**kept, **{name: str(value) for name, value in settings.items() if value is not None}}

    def command(self, program, environment):  # pylint: disable=unused-argument
        """The words that start a program with these settings."""
        return [PROGRAMS / program]

    def start(self, program, database="shop", **changes):
        environment = self.environment(database, **changes)
        service = Service(self.command(program, environment), environment)
        self.addCleanup(service.process.stdout.close)
        self.addCleanup(lambda: service.process.poll() is None and service.kill())
        return service

    def fails_to_start(self, program, *words, **changes):
        """The configuration is refused: exit status 1 and one line that has these words."""
        service = self.start(program, **changes)
        self.assertEqual(service.wait(), 1, service.output)
        for word in words:
            self.assertIn(word, service.lines[-1])
        self.assertIn(" ERROR ", service.lines[-1])
        self.assert_well_logged(service)

    # --- objects

    @property
    def objects(self):
        """The folder in which the S3 server keeps this test's objects as files."""
        return self.s3.data / "bucket" / self.prefix

    def backups(self):
        return sorted(path.name for path in self.objects.glob("backup_*")) if self.objects.exists() else []

    def put(self, name, content):
        self.assertEqual(self.raw.request("PUT", "bucket", f"{self.prefix}/{name}", body=content).status, 200)

    def dump_of_stock_tools(self, *flags, database="shop"):
        """What `pg_dump | gzip` writes."""
        return gzip.compress(self.server.run("pg_dump", *flags, "-d", self.server.uri(database), text=False))

    # --- conditions

    def assert_well_logged(self, service):
        """One ISO 8601 line per event, and no secret."""
        for line in service.lines:
            self.assertRegex(line, LINE)
        for secret in (self.server.password, self.s3.secret_key, "hunter2"):
            self.assertNotIn(secret, service.output)

    def assert_health_script_works(self, service, name):
        """The healthcheck.sh of a running service prints its state, and fails once it has stopped. Stops it."""
        script = holdfast.ROOT / "examples" / service.program.name / "healthcheck.sh"
        environment = {**service.environment, "SERVICE": str(service.program)}
        said = subprocess.run([script], env=environment, capture_output=True, text=True, check=True).stdout
        self.assertEqual(json.loads(said)["service"], name)
        service.stop()
        self.assertEqual(subprocess.run([script], env=environment, capture_output=True, check=False).returncode, 1)

    def scratch_databases(self):
        return [name for name in self.server.databases() if name.startswith("verify_")]

    def assert_nothing_left(self, patience=10):
        """No session of a service, no scratch database, no program of it remains."""
        sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'holdfast%'"
        deadline = time.monotonic() + patience
        while self.server.psql(sessions) != "0" and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.server.psql(sessions), "0")
        self.assertEqual(self.scratch_databases(), [])
